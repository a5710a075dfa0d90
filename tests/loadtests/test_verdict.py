"""Each clause passes on a good run, and fails alone on a run with one thing spoiled."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from loadtests.clauses import Clause
from loadtests.clauses.latency import time_to_slo
from loadtests.clauses.plan import first_new_pod
from loadtests.evidence import Evidence, Foreseen, Sample
from loadtests.ledger import Work
from loadtests.verdict import CLAUSES, Verdict, judge
from tests.loadtests.samples import an_evidence, as_foreseen, with_ready, with_requests


def test_a_run_that_scales_as_the_card_says_passes(run: Evidence):
    verdict = judge(run)
    assert verdict.passed, verdict
    assert [clause.name for clause in verdict.clauses] == [
        "scaled-up",
        "first-new-pod",
        "time-to-slo",
        "slo",
        "steady",
        "overshoot",
        "scaled-down",
        "prediction",
        "no-loss",
        "once",
        "vectors",
    ]


def with_work(run: Evidence, work: Work) -> Evidence:
    """The run with another story of its tenth request."""
    return replace(run, served={**run.served, 10: work})


def told(moment: Foreseen, ready: int) -> Foreseen:
    """So many instead, by no chance other."""
    return replace(moment, ready=ready, least=ready, most=ready)


SPOILED: dict[str, tuple[str, Callable[[Evidence], Evidence], str]] = {
    "the last pod ready too late": (
        "scaled-up",
        lambda run: with_ready(run, 36, 67, 2),
        "second 36: 75 rps exceed the 68 rps of 2 ready; 3 ready only after 31.0 s",
    ),
    "the first pod ready too late": (
        "first-new-pod",
        lambda run: with_ready(run, 0, 52, 1),
        "ready went 1 to 3 25.0 s after the surge in second 27",
    ),
    "slow until the plateau and a little beyond": (
        "time-to-slo",
        lambda run: with_requests(run, 30, 58, latency_s=0.4),
        "p95 holds from second 58 on, 31 s after the surge",
    ),
    "five asked for where three were planned": (
        "overshoot",
        lambda run: _desired(run, 40, 64, 5),
        "at most 5 desired, 3 planned",
    ),
    "replicas half a minute later than foreseen": (
        "prediction",
        lambda run: as_foreseen(run, shift=30),
        "off by 0.74 in the mean second, +0.0% in replica-seconds",
    ),
    "replicas that stay longer than foreseen": (
        "prediction",
        lambda run: replace(run, foreseen=[told(m, max(1, m.ready - (m.second % 3 == 0))) for m in run.foreseen]),
        "in replica-seconds",
    ),
    "one pod short": ("scaled-up", lambda run: with_ready(run, 30, 155, 2), "ready never reached the predicted 3"),
    "slow at the plateau": (
        "slo",
        lambda run: with_requests(run, 100, 104, latency_s=0.9),
        "p95 900 ms over the plateau",
    ),
    "too many refused as malformed": (
        "slo",
        lambda run: with_requests(run, 0, 20, every=3, status=400),
        "of all requests failed",
    ),
    "desired flaps": ("steady", lambda run: _desired(run, 80, 84, 2), "desired went 3 to 2 in second 80"),
    "one more comes in the plateau and goes": (
        "steady",
        lambda run: with_ready(run, 80, 90, 4, desired=4),
        "desired went 4 to 3 in second 90",
    ),
    "one more of the surge goes and comes again": (
        "steady",
        lambda run: _desired(with_ready(run, 40, 100, 4, desired=4), 80, 90, 3),
        "desired went 3 to 4 in second 90",
    ),
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
    spoiled = spoil(run)
    if clause != "prediction":
        spoiled = as_foreseen(spoiled)
    verdict = judge(spoiled)
    assert verdict.failing == [clause], verdict
    assert detail in next(c.detail for c in verdict.clauses if c.name == clause)
    assert verdict.judged
    assert not verdict.passed


def test_every_clause_is_spoiled_by_some_test(run: Evidence):
    assert {clause for clause, _, _ in SPOILED.values()} == {clause(run).name for clause in CLAUSES}


def test_a_scaler_that_never_acts_fails_scaled_up_and_all_that_follows_from_it(run: Evidence):
    stuck = with_requests(with_ready(run, 0, 999, 1, desired=1), 30, 125, every=2, status=0)
    verdict = judge(stuck)
    assert verdict.failing == [
        "scaled-up",
        "first-new-pod",
        "time-to-slo",
        "slo",
        "scaled-down",
        "prediction",
        "no-loss",
    ]


def test_a_run_that_recorded_nothing_passes_no_clause(run: Evidence):
    verdict = judge(replace(run, samples=[], requests=[]))
    assert verdict.failing == [clause.name for clause in verdict.clauses]


def test_a_peak_within_the_autoscalers_tolerance_asks_for_no_replica(tmp_path: Path):
    peak_rps = 1.08 * an_evidence(tmp_path / "a").rps_per_replica / 1.2
    run = an_evidence(tmp_path / "b", load={"peak_rps": peak_rps})
    assert (run.predict(peak_rps), run.held(peak_rps)) == (2, 1)
    assert judge(as_foreseen(with_ready(run, 0, 999, 1, desired=1))).passed


def test_a_service_that_needs_no_more_than_min_has_nothing_to_come_back_from(tmp_path: Path):
    run = as_foreseen(with_ready(an_evidence(tmp_path, load={"peak_rps": 20}), 0, 999, 1, desired=1))
    verdict = judge(run)
    assert verdict.passed
    assert verdict.unjudged == ["first-new-pod", "time-to-slo"]


UNJUDGED: dict[str, tuple[str, Callable[[Evidence], Evidence], str]] = {
    "every replica was ready before the surge": (
        "first-new-pod",
        lambda run: replace(with_ready(run, 0, 999, 1), predict=lambda rps: 1),
        "all 1",
    ),
    "the plan takes all that may be": ("overshoot", lambda run: replace(run, maximum=4), "no more than 4 may be asked"),
    "nothing was foreseen": ("prediction", lambda run: replace(run, foreseen=()), "nothing was foreseen"),
}


@pytest.mark.parametrize(("clause", "change", "detail"), UNJUDGED.values(), ids=UNJUDGED.keys())
def test_what_cannot_be_judged_says_so_and_does_not_pass(run: Evidence, clause: str, change, detail: str):
    found = next(c for c in judge(change(run)).clauses if c.name == clause)
    assert found.passed is None
    assert detail in found.detail


def test_a_verdict_of_which_nothing_was_judged_has_not_passed():
    clause = Clause(name="overshoot", passed=None, detail="", limit="")
    assert not Verdict(clauses=(clause,), obstacles=()).passed


def test_a_first_pod_that_was_ready_before_the_surge_came_in_time(run: Evidence):
    early = next(c for c in judge(with_ready(run, 24, 36, 3)).clauses if c.name == "first-new-pod")
    assert early.passed and early.value == -2
    assert early.detail == "ready went 1 to 3 2.0 s before the surge in second 26"


def test_the_first_pod_has_three_times_the_predicted_reaction_and_never_more_than_the_card_gives(run: Evidence):
    limits = [first_new_pod(replace(run, reaction_s=each)).bound for each in (8.0, 20.0, None)]
    assert limits == [24, 30, 30]


def test_what_the_surge_ordered_beyond_the_plan_may_go_again(run: Evidence):
    assert judge(as_foreseen(with_ready(run, 40, 80, 4, desired=4))).passed


def test_a_short_stretch_of_slow_answers_does_not_move_the_second_from_which_p95_holds(run: Evidence):
    assert time_to_slo(with_requests(run, 100, 102, latency_s=0.9)).value == time_to_slo(run).value == 0


def test_p95_that_never_holds_has_no_second(run: Evidence):
    found = time_to_slo(with_requests(run, 0, 999, every=10, latency_s=0.9))
    assert (found.passed, found.value) == (False, None)


def test_failures_do_not_flatter_the_percentile(run: Evidence):
    quick = with_requests(run, 65, 125, every=10, status=500, latency_s=0.001)
    assert "slo" in judge(quick).failing


def test_a_scale_up_before_the_rate_exceeds_capacity_passes(run: Evidence):
    assert judge(as_foreseen(with_ready(run, 21, 36, 3, desired=3))).passed


def test_a_ramp_asks_for_each_replica_only_when_its_own_rate_comes(tmp_path: Path):
    run = an_evidence(tmp_path, load={"shape": "diurnal"})
    ramp = [Sample(s.at, s.ready, 1 if s.at < 75 else 2 if s.at < 115 else s.ready) for s in run.samples]
    late = [Sample(s.at, s.ready, 1 if s.at < 75 else 2 if s.at < 145 else s.ready) for s in run.samples]
    assert "scaled-up" not in judge(replace(run, samples=ramp)).failing
    assert "scaled-up" in judge(replace(run, samples=late)).failing


def _desired(run: Evidence, begin: float, end: float, desired: int) -> Evidence:
    return replace(run, samples=[replace(s, desired=desired) if begin <= s.at < end else s for s in run.samples])


def _one(run: Evidence, **changes) -> Evidence:
    first = next(r for r in run.requests if r.due >= 56 and r.drift is None)
    return replace(run, requests=[replace(r, **changes) if r is first else r for r in run.requests])
