"""What a run says as it goes: a line now and then, or a table in its place where there is a terminal."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from loadtests.evidence import Sample
from loadtests.ledger import Request
from loadtests.progress import Progress, Screen
from loadtests.shapes import Load
from tests.loadtests.samples import a_card


@pytest.fixture
def progress(tmp_path: Path) -> Progress:
    """At 40 to 80 s: ten requests each second, one of them on its way and one failed."""
    recent = [Request(i, 75.5, 75.5, 75.6, 200) for i in range(48)]
    recent += [Request(48, 75.5, 75.5), Request(49, 75.5, 75.5, 75.7, 503)]
    ledger: Any = SimpleNamespace(recent=lambda seconds: recent)
    watcher: Any = SimpleNamespace(last=Sample(75, 3, 2))
    return Progress(Load(a_card(tmp_path)), ledger, watcher)


def on_a_terminal(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", str(columns))


def test_a_line_now_and_then_and_at_each_new_phase(progress: Progress, capsys: pytest.CaptureFixture[str]):
    for second in (10, 11, 12, 15, 20, 21):
        progress.tick(second)
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[1] for line in lines] == ["10", "15", "20"]
    assert [line.split()[2] for line in lines] == ["calm", "calm", "rise"]


def test_a_line_has_each_figure_with_its_name(progress: Progress, capsys: pytest.CaptureFixture[str]):
    progress.tick(76)
    assert capsys.readouterr().err.split("  ") == [
        "second 76", "plateau", "users 1", "sent/s 10.0", "offered/s 75.0", "p95 100 ms", "desired 3", "ready 2",
        "failed 1\n",
    ]  # fmt: skip


def test_before_the_first_look_and_answer_nothing_is_made_up(progress: Progress, capsys: pytest.CaptureFixture[str]):
    progress.watcher, progress.ledger = (SimpleNamespace(last=None), SimpleNamespace(recent=lambda seconds: []))  # pyright: ignore
    progress.tick(0)
    assert "p95 -  desired ?  ready ?  failed 0" in capsys.readouterr().err


def test_a_terminal_has_a_table_with_a_row_a_phase_in_its_place(
    progress: Progress, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    on_a_terminal(monkeypatch, 200)
    monkeypatch.setattr("loadtests.progress.SCREEN", Screen())
    for second in (19, 20, 21):
        progress.tick(second)
    first, second, third = capsys.readouterr().err.split("\x1b[J")
    assert first.splitlines()[0].split() == [
        "second", "phase", "users", "sent/s", "offered/s", "p95", "desired", "ready", "failed",
    ]  # fmt: skip
    assert first.endswith("\x1b[2F"), "back over heading and one row"
    assert second.endswith("\x1b[3F")
    assert [line.split()[:2] for line in third.splitlines()[1:]] == [["19", "calm"], ["21", "rise"]]


def test_what_is_said_meanwhile_stays(capsys: pytest.CaptureFixture[str]):
    screen = Screen()
    screen.draw(["a", "b"])
    screen.say("stopping")
    screen.draw(["c"])
    assert capsys.readouterr().err == "a\nb\nstopping\nc\n"


def test_a_narrow_terminal_cuts_lines_off(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    on_a_terminal(monkeypatch, 4)
    Screen().draw(["abcdef"])
    assert capsys.readouterr().err == "abc\n"
