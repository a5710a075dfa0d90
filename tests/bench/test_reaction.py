"""What a report tells of a step."""

from typing import Any

import pytest

from bench.reaction import kept, reaction, told, turns


def a_report(recovered_s: float | None = 4.0, **series: list[Any]) -> dict[str, Any]:
    """Calm for 2 s, a step held for 10 s; a pod asked for after 1 s, ready after 3 s; the SLO kept again after 4 s."""
    seconds = 12
    found = {
        "sent": [10] * seconds,
        "failed": [0] * seconds,
        "p95_ms": [50] * 2 + [900] * 4 + [50] * 6,
        "desired": [1] * 3 + [2] * 9,
    }
    pod = {"created": 3.1, "asked": 3.0, "scheduled": 3.2, "ready": 5.0, "answered": 5.5}
    return {
        "load": {
            "phases": [
                {"name": "calm", "begin": 0, "end": 2},
                {"name": "surge", "begin": 2, "end": 7},
                {"name": "plateau", "begin": 7, "end": 12},
            ]
        },
        "replicas": {
            "min": 1,
            "new": [{"created": 0.5, "asked": None, "scheduled": 0.6, "ready": 1.0, "answered": 1.5}, pod],
        },
        "card": {"slo": {"p95_ms": 300}},
        "verdict": {
            "obstacles": [],
            "clauses": [{"name": "slo", "value": 300}, {"name": "time-to-slo", "value": recovered_s}],
        },
        "series": found | series,
    }


def test_each_moment_counts_from_the_step():
    seen = reaction(a_report())
    assert seen.scheduled_s == pytest.approx(1.2)
    assert (seen.asked_s, seen.ready_s, seen.answered_s, seen.recovered_s) == (1.0, 3.0, 3.5, 4.0)
    assert (seen.missed, seen.turns, seen.hold_s, seen.replica_seconds) == (40, 0, 10, 21)


def test_what_never_came_is_told_as_such():
    seen = reaction(a_report(None, p95_ms=[50] * 2 + [900] * 10))
    assert (seen.recovered_s, seen.missed) == (None, 100)


def test_who_had_more_than_the_least_before_the_step_did_not_react_to_it():
    assert reaction(a_report()).void == ()
    [told] = reaction(a_report(desired=[2] * 12)).void
    assert told == "2 replicas were asked for before the step, where 1 rest"


def test_a_second_of_refusals_has_not_kept_the_slo():
    series = {"sent": [20, 20, 0], "failed": [1, 2, 0], "p95_ms": [50, 50, None]}
    assert kept(series, 300) == [True, False, True]


def test_to_and_fro_is_two_turns():
    assert turns([1, 1, 3, 3, 2, 3]) == 2
    assert turns([1, 2, 3, 3]) == 0


def a_line(arm: str, seed: int, **changes: Any) -> dict[str, Any]:
    times = dict.fromkeys(("asked_s", "scheduled_s", "ready_s", "answered_s", "recovered_s"), 20.0)
    return {
        "arm": arm,
        "seed": seed,
        "void": [],
        "hold_s": 80,
        "missed": 0,
        "turns": 0,
        "of_oracle": 1.0,
        **times,
    } | changes


def test_a_ratio_is_of_the_default_autoscaler_in_the_same_round_and_void_runs_do_not_count():
    lines = [
        a_line("hpa-default", 1),
        a_line("hpa-default", 2, ready_s=40.0, recovered_s=None),
        a_line("ours", 1, ready_s=8.0),
        a_line("ours", 2, ready_s=8.0, recovered_s=4.0),
        a_line("ours", 3, ready_s=1.0, void=["late"]),
    ]
    shown = "\n".join(told(lines))
    assert "ours, 2 of 3 runs judged" in shown
    assert "ready_s      8.0 (8.0 to 8.0); of hpa-default's 0.30 (0.20 to 0.40), at most 0.35: held" in shown
    assert "of hpa-default's 0.53 (0.05 to 1.00), at most 0.35: NOT HELD" in shown


def test_replica_seconds_are_promised_of_ours_alone():
    shown = list(told([a_line("ours", 1, of_oracle=1.2), a_line("ours+standby", 1, of_oracle=2.0)]))
    assert [line for line in shown if "oracle" in line] == [
        "  of an oracle's replica-seconds 1.20 (1.20 to 1.20), at most 1.15: NOT HELD",
        "  of an oracle's replica-seconds 2.00 (2.00 to 2.00)",
    ]


def test_one_turn_is_a_queue_that_was_answered_and_two_are_flapping():
    shown = list(told([a_line("ours", 1, turns=1), a_line("ours+standby", 1, turns=2), a_line("keda", 1, turns=2)]))
    assert [line for line in shown if "turns" in line] == [
        "  turns        1 at most, 1 allowed: held",
        "  turns        2 at most, 1 allowed: NOT HELD",
        "  turns        2 at most",
    ]
