"""report.json has the keys that others read, report.html stands alone, `latest` leads to both."""

import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from loadtests.evidence import Evidence
from loadtests.replicas import STAGES
from loadtests.report import document, summary, write
from loadtests.verdict import judge
from tests.loadtests.samples import OFF_BY, facts, with_requests


def test_the_report_answers_what_was_predicted_and_what_came(run: Evidence, tmp_path: Path):
    found = json.loads(json.dumps(document(run, judge(run), facts(tmp_path)), allow_nan=False))
    assert found["verdict"]["passed"] is True
    assert [clause["name"] for clause in found["verdict"]["clauses"]][:2] == [
        "scaled-up",
        "first-new-pod",
    ]
    replicas = {key: found["replicas"][key] for key in ("min", "predicted", "max", "last")}
    assert replicas == {"min": 1, "predicted": 3, "max": 3, "last": 1}
    assert found["replicas"]["foresight_off_by"] == dict.fromkeys(OFF_BY, 0)
    assert found["replicas"]["beside_oracle"]["ratio"] > 1
    assert (found["requests"]["total"], found["requests"]["failed"]) == (7630, 0)
    assert (found["generator"]["callers"], found["generator"]["processes"]) == (run.load.callers, 1)
    assert found["requests"]["latency"]["p95_ms"] == pytest.approx(50, rel=1e-3)
    assert (found["seed"], found["versions"]["locust"][0], found["machine"]["cores"] > 0) == (7, "2", True)


def test_each_clause_has_its_number_its_limit_and_their_unit(run: Evidence, tmp_path: Path):
    clauses = document(run, judge(run), facts(tmp_path))["verdict"]["clauses"]
    told = {clause["name"]: (clause["value"], clause["bound"], clause["unit"]) for clause in clauses}
    assert told["first-new-pod"] == (9, 24, "s")
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


def test_replicas_that_came_before_the_surge_alone_are_drawn_too(run: Evidence, tmp_path: Path):
    early = [replace(each, **{stage: getattr(each, stage) - 20 for stage in STAGES}) for each in run.replicas[:1]]
    before = replace(run, replicas=early)
    folder = write(tmp_path / "reports", before, judge(before), facts(tmp_path))
    page = (folder / "report.html").read_text()
    assert re.findall(r"<td>(-?[\d.]+)</td>", page)[: len(STAGES)] == [
        "-19.0",
        "-18.9",
        "-18.8",
        "-18.0",
        "-11.2",
        "-10.0",
    ]
    assert (folder.parent / "latest").exists()


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


def the_page(run: Evidence, folder: Path) -> str:
    return (write(folder / "reports", run, judge(run), facts(folder)) / "report.html").read_text()


def test_the_page_needs_no_network_is_small_and_shows_each_clause(run: Evidence, tmp_path: Path):
    text = the_page(replace(run, maximum=3), tmp_path)
    assert not re.search(r"(src|href)=|url\(|https?://|@import", text)
    assert len(text) < 100_000
    for clause in judge(run).clauses:
        word = "\N{EN DASH} not judged" if clause.name == "overshoot" else "\N{CHECK MARK} pass"
        assert f"{word}</span></td><td>{clause.name}</td>" in text
    assert 'embedder <span class="badge pass">passed</span>' in text
    assert "Not judged: overshoot." in text


def test_the_page_has_one_time_axis_for_load_latency_and_replicas(run: Evidence, tmp_path: Path):
    text = the_page(run, tmp_path)
    run_chart = ElementTree.fromstring(re.findall(r"<svg.*?</svg>", text, re.DOTALL)[0])
    assert {each.text for each in run_chart.iter("title")} >= {
        "offered", "served", "p50", "p95", "p99", "desired", "ready", "serving",
    }  # fmt: skip
    told = {each.text for each in run_chart.iter("text")}
    assert told >= {"calm", "surge", "plateau", "ebb", "SLO: p95 300 ms", "planned for the peak: 3", "failed"}
    assert "ready as foreseen, 5 s either way" in told
    assert run_chart.get("role") == "img"
    [desc] = run_chart.iter("desc")
    assert "Ready replicas from 1 to 3, 1 at the end" in (desc.text or "")
    blind = the_page(replace(run, foreseen=()), tmp_path)
    assert "ready as foreseen" not in blind and 'class="band"' not in blind


def test_the_page_shows_a_scale_up_stage_by_stage(run: Evidence, tmp_path: Path):
    text = the_page(run, tmp_path)
    assert "Seconds from the surge, second 27 of the run." in text
    stages = ["1.0", "1.1", "1.2", "2.0", "8.8", "10.0"]
    row = '<tr><th scope="row">pod-1</th>' + "".join(f"<td>{each}</td>" for each in stages)
    assert row in text
    assert "to ready: 6.75 s" in text
    assert "No replica was made during the run." in the_page(replace(run, replicas=()), tmp_path)


def test_what_a_run_says_of_itself_cannot_become_markup(run: Evidence, tmp_path: Path):
    odd = replace(run, obstacles=["<b>odd</b>"], replicas=[replace(run.replicas[0], pod="</svg><script>")])
    text = the_page(odd, tmp_path)
    assert "Void: &lt;b&gt;odd&lt;/b&gt;" in text
    assert "</svg><script>" not in text


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
