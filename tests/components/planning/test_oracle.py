"""The oracle meets every second's need, and no plan that does holds fewer replicas in any second."""

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.planning.oracle import least_replicas, needed
from tests.components.samples import a_capacity

NEEDS = st.lists(st.integers(0, 3), min_size=1, max_size=5)


def ready(held: list[int], start: int) -> list[int]:
    """What of a plan serves: each replica is timed from its own order, and the youngest leave first."""
    ages: list[int] = [start] * held[0]
    found = []
    for count in held:
        del ages[count:]
        ages += [0] * (count - len(ages))
        found.append(sum(age >= start for age in ages))
        ages = [age + 1 for age in ages]
    return found


@given(st.lists(st.integers(0, 50), min_size=1, max_size=60), st.integers(0, 12))
def test_in_every_second_as_many_are_ready_as_are_needed(needs: list[int], start: int):
    assert all(there >= need for there, need in zip(ready(least_replicas(needs, start), start), needs, strict=True))


@given(NEEDS, st.integers(0, 3))
def test_no_plan_that_meets_the_needs_takes_fewer_replica_seconds(needs: list[int], start: int):
    feasible = (
        plan
        for plan in itertools.product(range(max(needs) + 1), repeat=len(needs))
        if all(there >= need for there, need in zip(ready(list(plan), start), needs, strict=True))
    )
    assert min(map(sum, feasible)) == sum(least_replicas(needs, start))


def test_a_replica_is_held_from_its_start_before_a_surge_and_let_go_after_it():
    assert least_replicas([1, 1, 1, 1, 3, 1, 1], 2) == [1, 1, 3, 3, 3, 1, 1]


def test_a_dip_that_is_shorter_than_a_start_is_held_through():
    assert least_replicas([3, 1, 1, 3], 2) == [3, 3, 3, 3]
    assert least_replicas([3, 1, 1, 1, 3], 2) == [3, 1, 3, 3, 3]


def test_a_start_that_ends_within_a_second_is_paid_for_whole():
    assert least_replicas([1, 1, 2], 0.5) == [1, 2, 2]


@pytest.mark.parametrize(("rate", "replicas"), [(0, 1), (34, 1), (34.1, 2), (102, 3), (1000, 5)])
def test_what_a_rate_needs_keeps_the_slo_with_none_to_spare(rate: float, replicas: int):
    assert needed([rate], a_capacity(), 1, 5) == [replicas]


def test_a_week_of_seconds_takes_seconds():
    begin = time.process_time()
    assert sum(least_replicas([second * 7919 % 10_000 for second in range(604_800)], 300)) > 0
    assert time.process_time() - begin < 10, "a bound against a slow rule, no measurement"
