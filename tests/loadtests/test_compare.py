"""Two runs laid over each other, and those that cannot be."""

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from loadtests.__main__ import app
from loadtests.report import SCHEMA, document
from loadtests.verdict import judge
from tests.loadtests.samples import an_evidence, facts, with_ready, with_requests


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """reports/embedder with two runs: one as it should be, one slower to be ready and with failures."""
    run = an_evidence(tmp_path)
    worse = with_requests(with_ready(run, 0, 41, 1), 30, 34, every=9, status=503)
    for second, each in ((1, run), (2, replace(worse, maximum=3))):
        found = document(each, judge(each), facts(tmp_path, second))
        folder = tmp_path / "reports" / "embedder" / f"2026-11-24T02-07-0{second}Z"
        folder.mkdir(parents=True)
        (folder / "report.json").write_text(json.dumps(found))
    return tmp_path / "reports" / "embedder"


def compare(home: Path, *runs: str):
    return CliRunner().invoke(app, ["compare", *runs, "--reports", str(home.parent)])


def changed(home: Path, run: str, **keys) -> None:
    file = home / run / "report.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | keys))


def test_the_two_newest_are_compared_clause_by_clause(home: Path):
    done = compare(home)
    assert done.exit_code == 0, done.output
    lines = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()}
    assert lines["first-new-pod"] == ["9", "14", "+5", "s"]
    assert lines["no-loss"] == ["0", "27", "+27", "requests"]
    assert lines["slo"] == ["50", "50", "same", "ms"]
    assert lines["compared:"] == [str(home / "compared" / "2026-11-24T02-07-01-2026-11-24T02-07-02.html")]


def test_the_page_lays_both_over_one_time_axis(home: Path):
    compare(home, "2026-11-24T02-07-01Z", str(home / "2026-11-24T02-07-02Z" / "report.json"))
    [page] = (home / "compared").iterdir()
    text = page.read_text()
    drawn = ElementTree.fromstring(text[text.index("<svg") : text.index("</svg>") + 6])
    titles = {each.text for each in drawn.iter("title")}
    assert titles >= {f"{word}, 02:07:0{i}" for word in ("served", "p95", "desired", "ready") for i in (1, 2)}
    assert "fail 27" in text and "not judged 0" in text
    assert "http" not in text and "Not alike" not in text


def test_what_the_runs_did_not_share_is_said(home: Path):
    changed(home, "2026-11-24T02-07-02Z", seed=8, sabotage="no-scaler")
    compare(home)
    [page] = (home / "compared").iterdir()
    assert "Not alike in seed: 7, then 8." in page.read_text()
    assert "Not alike in sabotage: none, then no-scaler." in page.read_text()


@pytest.mark.parametrize(
    ("runs", "keys", "message"),
    [
        ((), {"schema": 2}, f"report.json: schema is 2, and {SCHEMA} is compared. To fix: run that load again."),
        ((), {"service": "other"}, "is of embedder, 2026-11-24T02-07-02Z of other. To fix: name two runs of one"),
        (("latest",), {}, "two runs are compared, got 1. To fix: RUNS='<time> <time>'"),
        (("a", "b"), {}, "no run a in"),
    ],
)
def test_what_cannot_be_compared_is_refused(home: Path, runs: tuple[str, ...], keys: dict, message: str):
    changed(home, "2026-11-24T02-07-02Z", **keys)
    done = compare(home, *runs)
    assert done.exit_code == 2
    assert message in done.output
    assert not (home / "compared").exists()


def test_a_file_that_is_no_report_is_refused(home: Path, tmp_path: Path):
    for content in ("{", "[]"):
        (tmp_path / "x.json").write_text(content)
        done = compare(home, "2026-11-24T02-07-01Z", str(tmp_path / "x.json"))
        assert (done.exit_code, "is no report of a load test" in done.output) == (2, True)
