"""When a plan counts as right."""

from dataclasses import replace
from typing import Any

import pytest

from loadtests.calibration import held_out
from loadtests.calibration.held_out import Point, shortfalls
from tests.components.samples import a_capacity, a_card

GOOD = Point(
    rps=40,
    seconds=40,
    seed=101,
    promised_ms=300,
    replicas=2,
    utilisation=0.6,
    p95_ms=100,
    erlang_ms=250,
    seen_ms=[96, 104],
    fewer_ms=[900],
)


def test_a_plan_that_came_true_has_no_shortfall():
    assert shortfalls([GOOD] * 12) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"seen_ms": [310, 330], "p95_ms": 300}, "replicas exact at 83% of 12 points"),
        ({"fewer_ms": [200]}, "replicas exact at 83% of 12 points"),
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
    found = list(held_out.points(a_card(), a_capacity(), 40, lambda seed, count: range(count)))
    assert {point.replicas for point in found} == {1, 2, 3}
    assert len(found) >= 12
    assert len({point.seed for point in found}) == len(found)
    assert str(replace(found[0], seen_ms=[30, 31])).startswith(" 17.5/s within 300 ms: 1 replicas (exact), used ")


def test_a_points_two_runs_are_a_sweep_apart_and_the_one_with_fewer_is_run_once():
    found = [replace(GOOD, rps=replicas, replicas=replicas) for replicas in (1, 2, 3)]
    order = [(point.replicas, replicas) for point, replicas in held_out.runs(found)]
    assert order == [(3, 3), (2, 2), (3, 2), (1, 1), (2, 1), (3, 3), (2, 2), (1, 1)]
