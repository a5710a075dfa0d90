"""Simulated requests behave as queues are known to."""

import pytest

from components.planning.queueing import Model, model, simulate
from components.planning.quota import PERIOD_S
from tests.components.samples import a_capacity, a_card


def a_model(work_s: float = 0.01, **changes) -> Model:
    """Constant work, no quota, one request at a time; each test changes what it is about."""
    parts = {"work_s": (work_s,), "run_s": 0.0, "outside_s": 0.0, "batch": 1, "cpu": 1.0}
    return Model(**{**parts, **changes})


@pytest.mark.parametrize("busy", [0.3, 0.6, 0.8])
def test_one_server_of_constant_times_waits_as_the_formula_says(busy: float):
    """M/D/1: the mean wait is busy / (2 (1 - busy)) services."""
    seen = [simulate(a_model(), 1, busy / 0.01, seed).mean_s for seed in range(5)]
    assert sum(seen) / 5 == pytest.approx(0.01 * (1 + busy / (2 * (1 - busy))), rel=0.06)


def test_the_same_seed_gives_the_same_outcome():
    assert simulate(a_model(), 2, 80, 7) == simulate(a_model(), 2, 80, 7) != simulate(a_model(), 2, 80, 8)


def test_a_quota_lets_work_stand_still_until_its_next_period():
    """60 ms of work under 400m: 40 ms of it at most in a period of 100 ms."""
    found = simulate(a_model(0.06, cpu=0.4), 1, 0.5)
    assert 0.06 < found.p50_s <= 0.06 + 2 * (PERIOD_S - 0.04)
    assert simulate(a_model(0.06), 1, 0.5).p50_s == pytest.approx(0.06)


def test_a_quota_is_used_up_at_its_own_rate():
    full = simulate(a_model(cpu=0.4), 1, 39)
    assert full.utilisation == pytest.approx(39 * 0.01 / 0.4, rel=0.05)
    assert full.p95_s > simulate(a_model(), 1, 39).p95_s * 2


def test_a_batch_pays_its_fixed_part_once():
    """Alone a request takes 10 ms: at 150 a second one server falls behind, unless batches share 8 of them."""
    alone, batched = (simulate(a_model(run_s=0.008, batch=size), 1, 150) for size in (1, 32))
    assert alone.p95_s > 5
    assert batched.p95_s < 0.1


def test_more_replicas_are_never_slower():
    found = [simulate(a_model(cpu=0.4), replicas, 70).p95_s for replicas in (2, 3, 4, 6)]
    assert found == sorted(found, reverse=True)


def test_the_time_outside_the_replica_is_in_each_answer():
    near, far = (simulate(a_model(outside_s=outside), 1, 20) for outside in (0.0, 0.05))
    assert far.p95_s - near.p95_s == pytest.approx(0.05)


def test_a_replica_that_stands_behind_two_figures_varies_as_they_say():
    found = model(a_card(), a_capacity(service_time_ms={"mean": 8.0, "cv": 0.4})).work_s
    mean = sum(found) / len(found)
    assert mean == pytest.approx(0.008, rel=0.02)
    assert (sum((each - mean) ** 2 for each in found) / len(found)) ** 0.5 / mean == pytest.approx(0.4, rel=0.1)
