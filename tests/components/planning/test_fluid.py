"""Replicas second by second, foreseen from the object that scales them."""

import random
import time
from collections import Counter
from collections.abc import Callable

import pytest

from airgap.paths import CHECKOUT
from components.capacity import Capacity, load_measurements
from components.card import load_card
from components.planning.fluid import Moment, foreseen
from components.planning.plan import expected
from components.planning.queue import held, queue_length
from components.planning.signals import quarter_s
from components.planning.simulation import turns
from components.service.scaling import scaled_object_spec
from tests.components.samples import a_capacity, a_card

EMBEDDER = load_card(CHECKOUT / "bentos" / "embedder")
MEASURED = load_measurements(CHECKOUT / "bentos" / "embedder", EMBEDDER).measurements
RATE_S = 2


def run(
    offered, *, seconds: float = 120, sync_s: float = 2, peak: int = 3, standby: int = 0, **capacity
) -> list[Moment]:
    card = a_card(scale={"min": 1, "max": peak, "spare": 0.2, "standby": standby})
    measured = a_capacity(**capacity)
    spec = scaled_object_spec(card, measured, "http://p")
    return list(foreseen(offered, seconds, spec, card, measured, sync_s))


def step(second: float) -> float:
    return 75.0 if 10 <= second < 60 else 5.0


def ready_from(moments: list[Moment], replicas: int) -> int:
    return next(m.second for m in moments if m.ready >= replicas)


def test_a_surge_is_met_after_scrape_sync_and_start_and_left_after_the_window():
    found = run(step)
    assert ready_from(found, 2) <= 10 + 1 + 2 + 1 + a_capacity().start_s + 2
    assert max(m.ready for m in found) == 3
    assert found[59].ready == 3
    assert found[-1].ready == 1
    back = next(m.second for m in found if m.second > 60 and m.ready == 1)
    assert back > 60 + quarter_s(a_card())


def test_nothing_is_ordered_for_the_base_load():
    assert {(m.desired, m.ready) for m in run(lambda second: 5.0)} == {(1, 1)}


def test_a_standby_replica_is_ready_before_the_surge_and_after_it():
    found = run(step, standby=1)
    assert {m.ready for m in found[:10]} == {2}
    assert found[-1].ready == 2


def test_a_queue_longer_than_what_replicas_hold_asks_for_more_at_once():
    """One replica holds 8, and a target of 4 would make of that two replicas a look, however long the queue."""
    held = run(lambda second: 150.0 if second >= 10 else 5.0, peak=12, in_flight=8)
    first = next(m for m in held if m.desired > 1)
    assert first.desired >= 4


def test_an_autoscaler_that_looks_each_fifteen_seconds_is_later():
    assert ready_from(run(step, sync_s=15), 2) - ready_from(run(step), 2) in range(1, 15)


def test_what_the_replicas_cannot_carry_waits_until_they_can():
    slow = run(lambda second: 75.0 if 10 <= second < 30 else 1.0, full_rps=40.0)
    assert slow[9].backlog < 0.01
    assert max(m.backlog for m in slow) > 35 * 2
    assert slow[-1].backlog < 0.01


def test_at_the_measured_rate_the_measured_mean_is_in_flight():
    rate, full, response_s = a_capacity().rps_per_replica, a_capacity().full_rps, a_capacity().response_ms / 1000
    found = run(lambda second: rate, peak=1)
    assert found[-1].backlog == pytest.approx(rate * response_s * rate / full, rel=0.01)


@pytest.mark.parametrize("share", [0.8, 0.9])
@pytest.mark.parametrize("measured", MEASURED, ids=lambda each: each.measured.cpu)
def test_an_overloaded_replica_holds_more_than_its_rate_tells(measured: Capacity, share: float):
    """Nearer to what the simulation of single requests has in flight, whatever machine was measured."""
    rate, response_s = share * measured.full_rps, measured.response_ms / 1000
    spec = scaled_object_spec(EMBEDDER, measured, "http://p") | {"maxReplicaCount": 1}
    [*_, last] = foreseen(lambda second: rate, 60, spec, EMBEDDER, measured, 2)
    in_flight = last.backlog + rate * response_s * (1 - measured.rps_per_replica / measured.full_rps)
    simulated = expected(EMBEDDER, measured, 1, rate).in_flight
    assert abs(in_flight - simulated) < abs(rate * response_s - simulated) / 1.5


def test_what_the_entry_refuses_does_not_wait():
    card, measured = a_card(scale={"min": 1, "max": 3, "spare": 0.2}), a_capacity(in_flight=1000)
    over = run(lambda second: 400.0, in_flight=1000)
    assert held(card, measured) < 1000
    assert over[-1].backlog == pytest.approx(queue_length(card, measured) + 3 * held(card, measured), rel=0.01)


def test_ten_thousand_replicas_take_seconds():
    begin = time.process_time()
    spec = scaled_object_spec(a_card(), a_capacity(), "http://p") | {
        "minReplicaCount": 10_000,
        "maxReplicaCount": 12_000,
    }
    found = foreseen(lambda second: 400_000.0, 600, spec, a_card(), a_capacity(), 2)
    assert found[-1].ready > 11_000
    assert time.process_time() - begin < 30, "a bound against a slow rule, no measurement"


def a_random_load(rps: float, seconds: int, seed: int) -> Callable[[float], float]:
    """Poisson arrivals, one a second in the first half minute, as a rate for each RATE_S.

    In between they queue, which the fluid's rate out has in it already.
    """
    chance, counts = random.Random(seed), Counter[int]()
    at = 0.0
    while (at := at + chance.expovariate(rps if at > 30 else 1)) < seconds:
        counts[int(at / RATE_S)] += 1
    return lambda second: counts[int(second / RATE_S)] / RATE_S


def test_a_load_just_below_a_target_seldom_brings_a_replica_that_goes_again():
    """One replica is to carry 11.5 a second. With one mean of 10 s for all, 40 of these 60 loads turn round."""
    slow = {"full_rps": 24.6, "rps_per_replica": 13.8, "response_ms": 86.1}
    loads = (a_random_load(11, 120, seed) for seed in range(60))
    assert sum(turns(moment.desired for moment in run(load, **slow)) > 0 for load in loads) <= 3
