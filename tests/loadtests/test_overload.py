"""The clauses of an overload, each over a run that complies and one that does not."""

from dataclasses import replace
from pathlib import Path

import pytest

from loadtests import overload
from loadtests.clauses import Clause
from loadtests.evidence import Evidence
from loadtests.ledger import Request
from loadtests.shapes import Load
from tests.loadtests.samples import a_card, an_evidence

FULL = 30.0


def a_run(folder: Path, *, kept: float = 1.0, refusal_s: float = 0.01, slow_until: float = 0.0) -> Evidence:
    """Of the sample card, full at 30 a second: of the 300 in the overload `kept` x 30 are served after 2 s."""
    run = an_evidence(folder / "calm")
    load = Load(a_card(folder / "much"), overload.SHAPE, FULL)
    much, after = load.named("overload"), load.named("recovery")
    requests: list[Request] = []
    for stretch in load.stretches[:-1]:
        share = FULL * kept / stretch.rps_end if stretch is much else 1.0
        for i in range(round((stretch.end - stretch.begin) * stretch.rps_end)):
            due = stretch.begin + i / stretch.rps_end
            fine = int((i + 1) * share) > int(i * share)
            took = 2.0 if stretch is much or (due < after.begin + slow_until and stretch is after) else 0.05
            end = due + (took if fine else refusal_s)
            requests.append(Request(i, due, due, end, 200 if fine else 429, "pod", "", 1e-6 if fine else None))
    return replace(run, load=load, requests=requests)


def judged(run: Evidence) -> dict[str, Clause]:
    return {clause.name: clause for clause in (each(run) for each in overload.CLAUSES)}


def test_a_service_that_refuses_what_it_cannot_answer_keeps_its_goodput(tmp_path: Path):
    found = judged(a_run(tmp_path))
    assert found["goodput-kept"].passed
    assert found["refused-early"].passed
    assert found["recovered"].passed
    assert "300 were sent" in found["goodput-kept"].detail


def test_goodput_that_falls_by_a_fifth_is_not_kept(tmp_path: Path):
    assert not judged(a_run(tmp_path, kept=0.8))["goodput-kept"].passed


def test_a_refusal_after_a_second_is_not_early(tmp_path: Path):
    assert not judged(a_run(tmp_path, refusal_s=1.0))["refused-early"].passed


def test_a_timeout_in_place_of_a_refusal_is_lost(tmp_path: Path):
    run = a_run(tmp_path)
    requests = [replace(r, status=504) if r.status == 429 and r.number % 50 == 7 else r for r in run.requests]
    clause = judged(replace(run, requests=requests))["refused-early"]
    assert not clause.passed
    assert "lost otherwise" in clause.detail


@pytest.mark.parametrize(("slow_until", "passed"), [(8.0, True), (14.0, False)])
def test_ten_seconds_after_the_overload_the_promise_holds_again(tmp_path: Path, slow_until: float, passed: bool):
    assert judged(a_run(tmp_path, slow_until=slow_until))["recovered"].passed is passed


def test_a_run_that_sent_nothing_shows_nothing(tmp_path: Path):
    found = judged(replace(a_run(tmp_path), requests=[]))
    assert not any(clause.passed for name, clause in found.items() if name != "scaled-down")


def test_most_callers_of_an_overload_are_told_to_go(tmp_path: Path):
    load = Load(a_card(tmp_path), overload.SHAPE, FULL)
    assert load.offered(load.named("overload").begin) == 10 * FULL
    assert load.callers < 10 * FULL * 6, "so many would be needed if each waited for the timeout"
