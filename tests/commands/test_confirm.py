"""The word without which nothing happens in an account."""

from collections import Counter

import pytest
import typer

from commands import confirm

LINE = "To go on: make {} STACK=lab CONFIRM=lab"


@pytest.fixture(autouse=True)
def ready(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A stack that has all it needs; what was prepared."""
    prepared: list[str] = []
    monkeypatch.setattr(confirm, "prepare", lambda stack: prepared.append(stack))
    monkeypatch.setattr(
        confirm, "_foreseen", lambda *_: {"network": Counter(make=3, change=1), "cache": Counter(make=2)}
    )
    return prepared


@pytest.mark.parametrize("command", ["up", "down"])
def test_with_the_word_it_goes_on(command: confirm.Command, ready: list[str]):
    confirm.admit(command, "lab", "lab")
    assert ready == ["lab"]


@pytest.mark.parametrize(("command", "done"), [("up", "made"), ("down", "destroyed")])
def test_without_it_all_is_shown_and_the_exact_line(
    command: confirm.Command, done: str, capsys: pytest.CaptureFixture[str]
):
    with pytest.raises(typer.Exit) as ended:
        confirm.admit(command, "lab", None)
    said = capsys.readouterr()
    assert ended.value.exit_code == 2
    assert said.err.splitlines()[-1] == f"nothing was {done}. {LINE.format(command)}"
    rows = [line.split() for line in said.out.splitlines()]
    assert rows == [["room", "make", "change"], ["network", "3", "1"], ["cache", "2"], ["in", "all", "5", "1"]]


@pytest.mark.parametrize("word", ["yes", "lab-prod", ""])
def test_another_word_is_refused_before_anything_is_asked(
    word: str, ready: list[str], capsys: pytest.CaptureFixture[str]
):
    with pytest.raises(typer.Exit) as ended:
        confirm.admit("down", "lab", word)
    assert ended.value.exit_code == 2
    assert capsys.readouterr().err == f"CONFIRM must be lab, got {word!r}. {LINE.format('down')}\n"
    assert ready == []


def test_nothing_to_do_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr(confirm, "_foreseen", lambda *_: {})
    with pytest.raises(typer.Exit):
        confirm.admit("up", "lab", None)
    assert "nothing would change" in capsys.readouterr().err
