"""The work under a load, from what a load's steps took."""

from dataclasses import replace

import pytest

from components.planning.queueing import Model, model, served
from loadtests.arrivals import steady
from loadtests.calibration.stretch import Step, crowding_of, foretold_p95_s, stretch_of, stretched
from tests.components.samples import a_capacity, a_card

ALONE = Model(work_s=(0.015, 0.02, 0.03), run_s=0.004, outside_s=0.003, batch=32, cpu=0.39)


@pytest.mark.parametrize("stretch", [0.9, 1.0, 1.15])
def test_the_work_that_made_the_steps_is_found(stretch: float):
    arrivals = [steady(rps, 40, seed) for rps in (10, 12, 13) for seed in (1, 2, 3)]
    slower = stretched(ALONE, stretch)
    steps = [Step(due, served(slower, 1, due, seed=50 + number).p95_s) for number, due in enumerate(arrivals)]
    assert stretch_of(ALONE, steps) == pytest.approx(stretch, abs=0.05)


@pytest.mark.parametrize("crowding", [0.0, 0.15])
def test_what_replicas_take_from_each_other_is_found(crowding: float):
    crowded = replace(ALONE, crowding=crowding)
    arrivals = [steady(36, 40, seed) for seed in (1, 2, 3)]
    steps = [
        Step(due, served(crowded, 3, due, seed=50 + number).p95_s, replicas=3) for number, due in enumerate(arrivals)
    ]
    assert crowding_of(ALONE, steps) == pytest.approx(crowding, abs=0.05)


def test_one_replica_is_never_crowded():
    due = steady(10, 40, 1)
    crowded = replace(ALONE, crowding=0.5)
    assert served(crowded, 1, due) == served(ALONE, 1, due)
    assert served(crowded, 2, due).p95_s > served(ALONE, 2, due).p95_s


def test_a_p95_is_of_the_very_arrivals():
    """The same rate, and ten more at once: what a mean rate cannot tell."""
    due = list(steady(8, 40, 4))
    bunched = sorted([*due, *[20.0] * 30])
    assert foretold_p95_s(ALONE, 1, bunched) > 1.5 * foretold_p95_s(ALONE, 1, due)


def test_a_p95_is_of_the_very_requests():
    """The same arrivals and the same sizes: those that come together are the large ones, or the small."""
    due = sorted([*steady(8, 40, 4), *[20.0] * 30])
    together = [number for number, at in enumerate(due) if at == 20.0]
    large, small = ([size if number in together else 2.0 for number in range(len(due))] for size in (3.0, 1.0))
    assert foretold_p95_s(ALONE, 1, due, large) > 1.2 * foretold_p95_s(ALONE, 1, due, small)


def test_a_replica_of_capacity_json_has_its_stretch():
    measured = a_capacity()
    plain, slow = (model(a_card(), measured.model_copy(update={"stretch": each})) for each in (1.0, 1.1))
    assert slow == replace(plain, work_s=slow.work_s)
    assert slow.work_s == pytest.approx([each * 1.1 for each in plain.work_s])


def test_a_step_whose_p95_is_endless_is_left_out():
    due = steady(12, 40, 1)
    seen, endless = Step(due, served(ALONE, 1, due, seed=50).p95_s), Step(due, float("inf"))
    assert stretch_of(ALONE, [seen, endless]) == stretch_of(ALONE, [seen])
    assert stretch_of(ALONE, [endless]) == 1
