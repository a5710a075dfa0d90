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
    found = list(held_out.points(a_card(), a_capacity(), 40, lambda seed, count: range(count)))
    assert {point.replicas for point in found} == {1, 2, 3}
    assert len(found) >= 12
    assert len({point.seed for point in found}) == len(found)
    assert str(replace(found[0], seen_ms=[30, 31])).startswith(" 17.5/s within 300 ms: 1 replicas (exact), used ")


@pytest.mark.parametrize(("fewer_ms", "again"), [(900, []), (310, [(2, 1)])])
def test_a_points_runs_are_a_sweep_apart_and_those_with_fewer_are_repeated_where_they_were_near(fewer_ms, again):
    found = [replace(GOOD, rps=each, replicas=each, seen_ms=[], fewer_ms=[]) for each in (1, 2, 3)]
    order = []
    for point, replicas in held_out.runs(found):
        order.append((point.replicas, replicas))
        if replicas < point.replicas:
            point.fewer_ms.append(fewer_ms if point.replicas == 2 else 900)
    once = [(3, 3), (2, 2), (3, 2), (1, 1), (2, 1)]
    assert order == [*once, (3, 3), (2, 2), (1, 1), *again]


def test_a_point_whose_runs_disagree_about_the_promise_has_no_fewest():
    assert replace(GOOD, seen_ms=[290, 320]).verdict == "undecided"
    assert replace(GOOD, fewer_ms=[290, 310]).verdict == "undecided"
    assert [replace(GOOD, **each).verdict for each in ({}, {"seen_ms": [310, 320]}, {"fewer_ms": [290]})] == [
        "exact",
        "LOW",
        "one too many",
    ]
