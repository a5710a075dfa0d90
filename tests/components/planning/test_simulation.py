"""A simulated service beside the oracle: what it costs, and what it cannot carry."""

import pytest

from components.planning.simulation import Simulation, simulate, turns
from components.service.scaling import scaled_object_spec
from tests.components.samples import a_capacity, a_card

SURGE = [5.0] * 20 + [75.0] * 100 + [5.0] * 120


def run(rates: list[float], *, sync_s: float = 2, most: int = 3) -> Simulation:
    card = a_card(scale={"min": 1, "max": most, "spare": 0.0})
    return simulate(rates, scaled_object_spec(card, a_capacity(), "http://p"), card, a_capacity(), sync_s)


def test_a_load_that_never_changes_costs_what_the_oracle_costs():
    found = run([60.0] * 100)
    assert {(m.desired, m.ready) for m in found.moments} == {(2, 2)}
    assert (found.of_oracle, found.seconds_short, found.turns) == (1, 0, 0)


def test_a_surge_is_short_of_replicas_until_they_have_started():
    quick, slow = run(SURGE), run(SURGE, sync_s=15)
    assert 0 < quick.seconds_short < slow.seconds_short
    assert (quick.turns, turns(quick.oracle)) == (1, 1)
    assert 1 < quick.of_oracle < 1.3
    assert max(quick.oracle) == max(moment.ready for moment in quick.moments) == 3


@pytest.mark.parametrize("most", [30, 300, 10_000])
def test_a_surge_is_met_in_time_whatever_the_size_of_the_service(most: int):
    card, times = a_card(scale={"min": 1, "max": 1000, "spare": 0.2}), most / 3
    card = card.model_copy(update={"scale": card.scale.model_copy(update={"max": most})})
    rates = [5 * times] * 20 + [75 * times] * 60
    found = simulate(rates, scaled_object_spec(card, a_capacity(), "http://p"), card, a_capacity(), 2)
    assert found.seconds_short < card.slo.scale_up_s


def test_a_load_beyond_the_bound_is_short_for_as_long_as_it_lasts():
    assert run([200.0] * 50, most=3).seconds_short == 50


def test_a_standby_is_paid_for_beside_the_oracle():
    card = a_card(scale={"min": 1, "max": 4, "spare": 0.0, "standby": 1})
    spec = scaled_object_spec(card, a_capacity(), "http://p")
    found = simulate([60.0] * 100, spec, card, a_capacity(), 2)
    assert {m.ready for m in found.moments} == {3}
    assert found.of_oracle == 1.5


def test_every_second_has_its_values():
    found = run(SURGE)
    assert len(found.moments) == len(found.oracle) == len(found.offered) == len(SURGE)
    assert found.replica_seconds == sum(moment.desired for moment in found.moments)


@pytest.mark.parametrize(
    ("counts", "found"), [([], 0), ([1, 1, 2, 3, 3], 0), ([1, 3, 1], 1), ([3, 2, 2, 3, 2], 2), ([1, 2, 1, 2, 1], 3)]
)
def test_a_turn_is_a_change_of_direction(counts: list[int], found: int):
    assert turns(counts) == found
