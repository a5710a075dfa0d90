"""When a plan counts as right."""

from dataclasses import replace
from typing import Any

import pytest

from components.planning.queueing import model
from loadtests.calibration import held_out
from loadtests.calibration.held_out import shortfalls
from loadtests.calibration.point import Point
from loadtests.ledger import Request
from tests.components.samples import a_capacity, a_card

GOOD = Point(
    rps=40,
    seconds=40,
    requests=1600,
    seed=101,
    promised_ms=300,
    replicas=2,
    utilisation=0.6,
    cores=0.48,
    p95_ms=100,
    erlang_ms=250,
    seen_ms=[96, 104],
    fewer_ms=[900],
)


def by_number(seed: int, count: int) -> range:
    """Sizes of requests: each a little larger than the one before it."""
    return range(count)


def test_a_plan_that_came_true_has_no_shortfall():
    assert shortfalls([GOOD] * 12) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"seen_ms": [310, 330], "p95_ms": 300}, "replicas exact at 83% of 12 points"),
        ({"fewer_ms": [200]}, "replicas exact at 83% of 12 points"),
        ({"seen_ms": [290, 320], "p95_ms": 300}, "10 points are decided, 12 are asked"),
        ({"fewer_ms": [290, 310]}, "10 points are decided, 12 are asked"),
        ({"p95_ms": 120}, "40/s: off by 20%, allowed 15%"),
        ({"utilisation": 0.8, "p95_ms": 130}, "40/s: off by 30%, allowed 25%"),
    ],
)
def test_each_promise_is_missed_by_itself(changes: dict[str, Any], told: str):
    wrong = shortfalls([replace(GOOD, **changes)] * 2 + [GOOD] * 10)
    assert told in wrong[0]


def test_a_textbook_that_is_as_good_makes_ours_a_shortfall():
    [told] = shortfalls([replace(GOOD, p95_ms=110, erlang_ms=115)] * 12)
    assert told == "p95 off by 10% on average, more than half of Erlang-C's 15%"


def test_two_runs_that_differ_allow_as_much():
    assert replace(GOOD, seen_ms=[80, 120], p95_ms=130).within
    assert replace(GOOD, utilisation=0.95, p95_ms=500).within  # nothing was promised there


def test_the_points_span_one_to_three_replicas_and_are_twelve_or_more():
    found = list(held_out.points(a_card(), a_capacity(), 40, by_number))
    assert {point.replicas for point in found} == {1, 2, 3}
    assert len(found) >= 12
    assert len({point.seed for point in found}) == len(found)
    assert str(replace(found[0], seen_ms=[30, 31])).startswith(" 17.5/s within 300 ms: 1 replicas (exact), used ")


@pytest.mark.parametrize(("fewer_ms", "again"), [(900, []), (310, [(2, 1)])])
def test_a_points_runs_are_a_sweep_apart_and_those_with_fewer_are_repeated_where_they_were_near(fewer_ms, again):
    found = [replace(GOOD, rps=each, replicas=each, seen_ms=[], fewer_ms=[]) for each in (1, 2, 3)]
    order = []
    for sweep in range(2):
        for point, replicas in held_out.runs(found, sweep):
            order.append((point.replicas, replicas))
            if replicas < point.replicas:
                point.fewer_ms.append(fewer_ms if point.replicas == 2 else 900)
    assert order == [(3, 3), (2, 2), (3, 2), (1, 1), (2, 1), (3, 3), (2, 2), (1, 1), *again]


def test_a_point_whose_runs_disagree_about_the_promise_has_no_fewest():
    assert replace(GOOD, seen_ms=[290, 320]).verdict == "undecided"
    assert replace(GOOD, fewer_ms=[290, 310]).verdict == "undecided"
    assert [replace(GOOD, **each).verdict for each in ({}, {"seen_ms": [310, 320]}, {"fewer_ms": [290]})] == [
        "exact",
        "LOW",
        "one too many",
    ]


def answers(count: int, took_s: float) -> list[Request]:
    return [Request(number, number / 40, number / 40, number / 40 + took_s, 200) for number in range(count)]


def test_a_run_is_given_up_once_no_answer_that_is_left_can_keep_its_promise():
    late = answers(81, 0.4)
    assert not GOOD.give_up(late[:80])
    assert GOOD.give_up(late)
    assert not GOOD.give_up(answers(1000, 0.36)), "300 ms is broken, by too little to be sure of another run"
    unanswered = [Request(number, 0.0, 0.0) for number in range(1000)]
    assert not GOOD.give_up(unanswered)
    assert GOOD.give_up([Request(number, 0.0, 0.0, 0.01, 429) for number in range(81)])


def test_a_slower_machine_is_told_beside_the_errors_and_excuses_none():
    replica = model(a_card(), a_capacity())
    [point] = [
        each for each in held_out.points(a_card(), a_capacity(), 40, by_number) if each.seed == held_out.FIRST_SEED + 3
    ]
    slower = replace(point, used=[point.cores * 1.1] * 2, seen_ms=[point.p95_ms * 2] * 2)
    assert slower.pace == pytest.approx(1.1)
    told = held_out.at_its_pace([slower], replica, by_number)
    assert told.startswith("requests took 1.10 of the CPU")
    assert slower.at_pace_ms and slower.at_pace_ms > point.p95_ms
    assert f"took 1.10 of its CPU, so {slower.at_pace_ms:.0f} ms" in str(slower)
    assert not slower.within
    held_out.at_its_pace([same := replace(point, seen_ms=[1.0])], replica, by_number)
    assert same.at_pace_ms == pytest.approx(point.p95_ms), "nothing is known of its CPU"
