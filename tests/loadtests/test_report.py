"""report.json has the keys that others read, report.html stands alone, `latest` leads to both."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from loadtests.evidence import Evidence
from loadtests.report import Facts, document, summary, write
from loadtests.verdict import judge
from tests.loadtests.samples import a_capacity, an_evidence, with_requests


@pytest.fixture
def run(tmp_path: Path) -> Evidence:
    return an_evidence(tmp_path)


def facts(folder: Path, second: int = 0) -> Facts:
    from components.card import load_card

    card = load_card(folder / "bentos" / "embedder")
    return Facts(
        card=card,
        capacity=a_capacity(folder, card),
        seed=7,
        arrivals="poisson",
        sabotage=None,
        image="127.0.0.1:5000/tradewind/embedder@sha256:0",
        url="http://127.0.0.1:30080/embedder",
        started=datetime(2026, 11, 24, 2, 7, second, tzinfo=UTC),
    )


def test_the_report_answers_what_was_predicted_and_what_came(run: Evidence, tmp_path: Path):
    found = json.loads(json.dumps(document(run, judge(run), facts(tmp_path)), allow_nan=False))
    assert found["verdict"]["passed"] is True
    assert [clause["name"] for clause in found["verdict"]["clauses"]][:2] == [
        "scaled-up",
        "first-new-pod",
    ]
    replicas = {key: found["replicas"][key] for key in ("min", "predicted", "max", "last")}
    assert replicas == {"min": 1, "predicted": 3, "max": 3, "last": 1}
    assert found["replicas"]["foresight_off_by"] == {"ready": 0, "replica_seconds": 0}
    assert found["replicas"]["beside_oracle"]["ratio"] > 1
    assert (found["requests"]["total"], found["requests"]["failed"]) == (7630, 0)
    assert (found["generator"]["callers"], found["generator"]["processes"]) == (run.load.callers, 1)
    assert found["requests"]["latency"]["p95_ms"] == pytest.approx(50, rel=1e-3)
    assert (found["seed"], found["versions"]["locust"][0], found["machine"]["cores"] > 0) == (7, "2", True)


def test_each_clause_has_its_number_its_limit_and_their_unit(run: Evidence, tmp_path: Path):
    clauses = document(run, judge(run), facts(tmp_path))["verdict"]["clauses"]
    told = {clause["name"]: (clause["value"], clause["bound"], clause["unit"]) for clause in clauses}
    assert told["first-new-pod"] == (9, 16, "s")
    assert told["slo"] == (pytest.approx(50), 300, "ms")
    assert all(bound is not None and unit for _, bound, unit in told.values())


def test_a_number_that_is_endless_is_none_in_the_report(run: Evidence, tmp_path: Path):
    broken = with_requests(run, 65, 125, every=5, status=500)
    [slo] = [c for c in document(broken, judge(broken), facts(tmp_path))["verdict"]["clauses"] if c["name"] == "slo"]
    assert slo["value"] is None and "p95 endless" in slo["detail"]


def test_the_stages_of_each_new_replica_are_in_the_report(run: Evidence, tmp_path: Path):
    replicas = document(run, judge(run), facts(tmp_path))["replicas"]
    stages = {"asked": 28, "created": 28.1, "scheduled": 28.2, "started": 29, "ready": 35.75, "answered": 37}
    assert replicas["new"][0] == {"pod": "pod-1", **stages}
    assert replicas["surge_s"] == 27


def test_every_curve_has_a_value_for_each_second(run: Evidence, tmp_path: Path):
    series = document(run, judge(run), facts(tmp_path))["series"]
    assert {len(values) for values in series.values()} == {161}
    assert (series["offered"][10], series["offered"][60], series["sent"][60]) == (5, 75, 75)
    assert (series["ready"][60], series["serving"][60], series["desired"][30], series["ready"][30]) == (3, 3, 3, 1)
    assert series["p95_ms"][60] == pytest.approx(50, abs=0.1)


def test_a_failed_run_is_still_valid_json_and_shows_where(run: Evidence, tmp_path: Path):
    broken = with_requests(run, 65, 75, status=0, answered=None, error="timed out")
    found = document(broken, judge(broken), facts(tmp_path))
    json.dumps(found, allow_nan=False)
    assert found["requests"]["failed"] == found["requests"]["lost"] == 750
    assert found["requests"]["by_status"] == {"200": 6880, "no answer": 750}
    assert found["series"]["p95_ms"][70] is None
    assert found["series"]["failed"][70] == 75
    assert found["requests"]["first_errors"][0].endswith("timed out")


def test_the_page_needs_no_network_and_shows_each_clause(run: Evidence, tmp_path: Path):
    verdict = judge(run)
    folder = write(tmp_path / "reports", run, verdict, facts(tmp_path))
    text = (folder / "report.html").read_text()
    assert not re.search(r"<(script|link|img|iframe)[^>]+(src|href)=", text)
    assert all(f"<td>{clause.name}</td>" in text for clause in verdict.clauses)
    assert 'embedder <span class="pass">passed</span>' in text
    assert "prefers-color-scheme: dark" in text
    assert "Replica-seconds: " in text
    figure = json.loads(text.split("const figure = ")[1].split(", labels = ")[0].replace("<\\/", "</"))
    assert {trace["name"] for trace in figure["data"]} >= {
        "offered",
        "sent",
        "failed",
        "p95",
        "desired",
        "ready",
        "serving",
    }
    assert {trace.get("xaxis", "x") for trace in figure["data"]} == {"x"}, "one time axis"
    told = {annotation["text"] for annotation in figure["layout"]["annotations"]}
    assert told >= {"calm", "surge", "plateau", "ebb", "SLO 300 ms", "predicted 3"}


def test_latest_leads_to_the_last_report(run: Evidence, tmp_path: Path):
    verdict, reports = judge(run), tmp_path / "reports"
    write(reports, run, verdict, facts(tmp_path, 1))
    write(reports, run, verdict, facts(tmp_path, 2))
    home = reports / "embedder"
    assert (home / "latest").readlink() == Path("2026-11-24T02-07-02Z")
    assert sorted(path.name for path in home.iterdir()) == ["2026-11-24T02-07-01Z", "2026-11-24T02-07-02Z", "latest"]


def test_the_kubeconfig_is_in_neither_file(run: Evidence, tmp_path: Path):
    folder = write(tmp_path / "reports", run, judge(run), facts(tmp_path))
    assert "client-key" not in (folder / "report.json").read_text() + (folder / "report.html").read_text()


def test_the_summary_names_what_failed_or_why_there_is_no_verdict(run: Evidence):
    assert summary(judge(run), Path("x")).splitlines()[-2] == "passed"
    slow = with_requests(run, 60, 100, latency_s=1.0)
    assert summary(judge(slow), Path("x")).splitlines()[-2] == "failed: time-to-slo, slo"
    bounded = judge(replace(run, maximum=3))
    assert summary(bounded, Path("x")).splitlines()[-2] == "passed; not judged: overshoot"
    assert "\n  -   overshoot" in summary(bounded, Path("x"))
    void = summary(judge(replace(run, busy=[[0.9] * 60])), Path("x"))
    assert void.splitlines()[-2] == "cannot be judged"
    assert "void  the generator used 90% of a core" in void
