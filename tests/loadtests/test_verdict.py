"""Each clause passes on a good run, and fails alone on a run with one thing spoiled."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from loadtests.evidence import Evidence, Sample
from loadtests.ledger import Work
from loadtests.validity import BUSY_LIMIT
from loadtests.verdict import CLAUSES, judge
from tests.loadtests.samples import an_evidence, with_ready, with_requests


@pytest.fixture
def run(tmp_path: Path) -> Evidence:
    return an_evidence(tmp_path)


def test_a_run_that_scales_as_the_card_says_passes(run: Evidence):
    verdict = judge(run)
    assert verdict.passed, verdict
    assert [clause.name for clause in verdict.clauses] == [
        "scaled-up",
        "slo",
        "steady",
        "scaled-down",
        "no-loss",
        "once",
        "vectors",
    ]


def with_work(run: Evidence, work: Work) -> Evidence:
    """The run with another story of its tenth request."""
    return replace(run, served={**run.served, 10: work})


SPOILED: dict[str, tuple[str, Callable[[Evidence], Evidence], str]] = {
    "pods ready too late": (
        "scaled-up",
        lambda run: with_ready(run, 0, 68, 1),
        "second 27: 38 rps exceed the 34 rps of 1 ready; 2 ready only after 41.0 s",
    ),
    "one pod short": ("scaled-up", lambda run: with_ready(run, 30, 155, 2), "ready never reached the predicted 3"),
    "slow at the plateau": (
        "slo",
        lambda run: with_requests(run, 65, 125, every=12, latency_s=0.9),
        "p95 900 ms over the plateau",
    ),
    "too many refused as malformed": (
        "slo",
        lambda run: with_requests(run, 0, 20, every=3, status=400),
        "of all requests failed",
    ),
    "desired flaps": ("steady", lambda run: _desired(run, 80, 84, 2), "desired went 3 to 2 in second 80"),
    "a pod drops out": ("steady", lambda run: with_ready(run, 70, 72, 2), "ready went 3 to 2 in second 70"),
    "back too late": (
        "scaled-down",
        lambda run: replace(
            run,
            samples=[*run.samples[:155], *(Sample(t, 1, 3) for t in range(155, 250)), Sample(250, 1, 1)],
            ended=251,
        ),
        "back at 1 125.0 s after the fall",
    ),
    "not back at all": (
        "scaled-down",
        lambda run: replace(run, samples=[s for s in run.samples if s.at < 155], ended=157),
        "ready was 3 when the run ended, not 1",
    ),
    "refused for load": ("no-loss", lambda run: _one(run, status=429), "1 of 7630 lost: 1 x 429"),
    "a server's error": ("no-loss", lambda run: _one(run, status=503), "1 of 7630 lost: 1 x 503"),
    "no answer": ("no-loss", lambda run: _one(run, status=0), "1 of 7630 lost: 1 x no answer"),
    "cut off": ("no-loss", lambda run: _one(run, answered=None), "1 of 7630 lost: 1 x no answer"),
    "garbage from one pod": (
        "vectors",
        lambda run: with_requests(run, 60, 62, drift=0.2, pod="pod-2"),
        "answered by pod-2",
    ),
    "not a number": (
        "vectors",
        lambda run: with_requests(run, 60, 60.1, drift=float("nan")),
        "checked answers are wrong",
    ),
    "an answer that no replica gave": (
        "once",
        lambda run: with_work(run, Work()),
        "1 of 7630 answers in no replica's log",
    ),
    "a request that never came to its end": ("once", lambda run: with_work(run, Work(["pod-0"])), "1 of 7630 answers"),
    "a request that two replicas began": (
        "once",
        lambda run: with_work(run, Work(["pod-0", "pod-1"], ["pod-1"])),
        "in no replica's log; 1 begun twice, 0 never sent",
    ),
    "a request that one replica ended twice": (
        "once",
        lambda run: with_work(run, Work(["pod-0"], ["pod-0", "pod-0"])),
        "1 begun twice",
    ),
    "work that nobody asked for": (
        "once",
        lambda run: replace(run, served={**run.served, 999_999: Work(["pod-0"], ["pod-0"])}),
        "0 begun twice, 1 never sent",
    ),
    "replicas that said nothing": ("once", lambda run: replace(run, served={}), "answers in no replica's log"),
    "nothing checked": ("vectors", lambda run: with_requests(run, 0, 999, drift=None), "0 of 0 checked"),
}


@pytest.mark.parametrize(("clause", "spoil", "detail"), SPOILED.values(), ids=SPOILED.keys())
def test_one_thing_spoiled_fails_its_own_clause_alone(run: Evidence, clause: str, spoil, detail: str):
    verdict = judge(spoil(run))
    assert verdict.failing == [clause], verdict
    assert detail in next(c.detail for c in verdict.clauses if c.name == clause)
    assert verdict.judged
    assert not verdict.passed


def test_every_clause_is_spoiled_by_some_test(run: Evidence):
    assert {clause for clause, _, _ in SPOILED.values()} == {clause(run).name for clause in CLAUSES}


def test_a_scaler_that_never_acts_fails_scaled_up_and_all_that_follows_from_it(run: Evidence):
    stuck = with_requests(with_ready(run, 0, 999, 1, desired=1), 30, 125, every=2, status=0)
    verdict = judge(stuck)
    assert verdict.failing == ["scaled-up", "slo", "scaled-down", "no-loss"]


def test_a_run_that_recorded_nothing_passes_no_clause(run: Evidence):
    verdict = judge(replace(run, samples=[], requests=[]))
    assert verdict.failing == [clause.name for clause in verdict.clauses]


def test_a_service_that_needs_no_more_than_min_has_nothing_to_come_back_from(tmp_path: Path):
    run = with_ready(an_evidence(tmp_path, load={"peak_rps": 20}), 0, 999, 1, desired=1)
    assert judge(run).passed


def test_failures_do_not_flatter_the_percentile(run: Evidence):
    quick = with_requests(run, 65, 125, every=10, status=500, latency_s=0.001)
    assert "slo" in judge(quick).failing


def test_a_scale_up_before_the_rate_exceeds_capacity_passes(run: Evidence):
    assert judge(with_ready(run, 21, 36, 3, desired=3)).passed


def test_a_ramp_asks_for_each_replica_only_when_its_own_rate_comes(tmp_path: Path):
    run = an_evidence(tmp_path, load={"shape": "diurnal"})
    ramp = [Sample(s.at, s.ready, 1 if s.at < 75 else 2 if s.at < 115 else s.ready) for s in run.samples]
    late = [Sample(s.at, s.ready, 1 if s.at < 75 else 2 if s.at < 145 else s.ready) for s in run.samples]
    assert "scaled-up" not in judge(replace(run, samples=ramp)).failing
    assert "scaled-up" in judge(replace(run, samples=late)).failing


def test_a_busy_generator_makes_the_run_void_whatever_else_it_shows(run: Evidence):
    busy = [0.2] * 60 + [BUSY_LIMIT + 0.05] * 10 + [0.2] * 60
    verdict = judge(replace(run, busy=[[0.2] * 130, busy]))
    assert not verdict.judged
    assert not verdict.passed
    assert verdict.failing == []
    assert "75% of a core" in verdict.obstacles[0]


def test_a_short_burst_of_the_generator_is_no_obstacle(run: Evidence):
    assert judge(replace(run, busy=[[0.2] * 60 + [1.0] * 3 + [0.2] * 60])).passed


@pytest.mark.parametrize(("late_s", "judged"), [(0.0019, True), (0.0022, True), (0.0026, False)])
def test_a_generator_that_was_late_makes_the_run_void(run: Evidence, late_s: float, judged: bool):
    """Answers take 50 ms, so it may be late by 5 % of that, and always by 2 ms."""
    late = [replace(r, sent=r.due + late_s) for r in run.requests]
    verdict = judge(replace(run, requests=late))
    assert verdict.judged == judged
    assert judged or "sent its requests late, p99 2.6 ms (limit 2.5 ms)" in verdict.obstacles[0]


def test_requests_that_were_never_sent_make_the_run_void(run: Evidence):
    sent = [r for r in run.requests if r.number % 2 or r.due < 60]
    verdict = judge(replace(run, requests=sent))
    assert re.match(r"\d+ of \d+ requests were never sent", verdict.obstacles[0])


def test_what_callers_held_when_they_left_is_no_obstacle(run: Evidence):
    end = run.requests[-1].due
    assert judge(replace(run, requests=[r for r in run.requests if r.due < end - 0.9 or r.number % 2])).judged


def test_a_watcher_that_was_blind_makes_the_run_void(run: Evidence):
    verdict = judge(replace(run, samples=[s for s in run.samples if not 60 <= s.at < 68]))
    assert "saw nothing for 9 s" in verdict.obstacles[0]


def _desired(run: Evidence, begin: float, end: float, desired: int) -> Evidence:
    return replace(run, samples=[replace(s, desired=desired) if begin <= s.at < end else s for s in run.samples])


def _one(run: Evidence, **changes) -> Evidence:
    first = next(r for r in run.requests if r.due >= 56 and r.drift is None)
    return replace(run, requests=[replace(r, **changes) if r is first else r for r in run.requests])
