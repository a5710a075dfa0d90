"""When a service gets another replica, from its card and its measurement."""

import math

import pytest

from components.capacity import predicted_replicas
from components.planning import signals
from components.service import scaling
from tests.components.samples import a_capacity, a_card

PROMETHEUS = "http://prometheus.monitoring.svc.cluster.local:9090"


def wanted(card, capacity, rate: float) -> int:
    """What the autoscaler computes from the mean in flight, where no request waits: ceil(sum / target), bounded."""
    mean_in_flight = rate * capacity.response_ms / 1000
    needed = -(-mean_in_flight // signals.mean_target(card, capacity))
    return int(min(max(needed, card.scale.min), card.scale.max))


@pytest.mark.parametrize("spare", [0.0, 0.2, 1.0])
@pytest.mark.parametrize("service_ms", [2.0, 18.0, 250.0])
@pytest.mark.parametrize("rate", [1, 20, 60, 75, 130, 290])
def test_the_mean_asks_for_the_replicas_that_are_predicted(spare: float, service_ms: float, rate: float):
    card = a_card(scale={"min": 1, "max": 20, "spare": spare})
    capacity = a_capacity(response_ms=service_ms)
    assert wanted(card, capacity, rate) == predicted_replicas(card, capacity, rate)


def test_a_surge_is_seen_before_the_queue_of_one_replica_breaks_the_slo():
    card, capacity = a_card(), a_capacity()
    target = signals.surge_target(card, capacity)
    assert target / capacity.full_rps * 1000 < card.slo.p95_ms
    # A full replica asks for all that the card allows.
    assert capacity.in_flight / target >= card.scale.max


def test_a_slow_model_still_has_a_surge_target():
    slow = a_capacity(full_rps=1.1, response_ms=900.0, in_flight=1, rps_per_replica=1.0)
    assert signals.surge_target(a_card(), slow) == 1


@pytest.mark.parametrize("service_ms", [5.0, 18.0, 43.0, 120.0])
def test_two_requests_that_meet_by_chance_are_no_surge(service_ms: float):
    capacity = a_capacity(response_ms=service_ms, in_flight=64)
    mean = signals.mean_target(a_card(), capacity)
    allowed = signals.surge_target(a_card(), capacity)
    chance = 1 - sum(math.exp(-mean) * mean**k / math.factorial(k) for k in range(allowed + 1))
    assert chance < 0.01


@pytest.mark.parametrize("seconds", [45, 60, 120, 600, 3600])
@pytest.mark.parametrize("most", [1, 3, 40, 1000])
def test_all_steps_down_fit_into_the_time_that_the_card_allows(seconds: int, most: int):
    card = a_card(
        slo={"p95_ms": 300, "error_rate": 0.001, "timeout_s": 5, "scale_up_s": 30, "scale_down_s": seconds},
        scale={"min": 1, "max": most, "spare": 0.2},
    )
    steps = -(-(most - 1) // scaling.pods_a_step_down(card))
    drain_s = 12
    assert 2 * signals.quarter_s(card) + steps * scaling.STEP_S + drain_s <= seconds


def test_standby_replicas_are_held_beyond_what_the_load_needs():
    card = a_card(scale={"min": 2, "max": 9, "spare": 0.2, "standby": 2})
    spec = scaling.scaled_object_spec(card, a_capacity(), PROMETHEUS)
    assert spec["minReplicaCount"] == 4
    for held in (each["metadata"] for each in spec["triggers"][1:]):
        assert held["query"].endswith(f" + {2 * float(held['threshold']):g}")
    assert predicted_replicas(card, a_capacity(), 5) == 4
    assert predicted_replicas(card, a_capacity(), 75) == 5
    assert predicted_replicas(card, a_capacity(), 7500) == 9


def test_a_schedule_is_a_cron_trigger_for_each_window():
    day = {"days": ["mon", "fri"], "start": "08:05", "end": "18:00", "timezone": "Europe/Berlin", "replicas": 2}
    night = {"days": ["sat", "sun"], "start": "22:00", "end": "06:30", "timezone": "UTC", "replicas": 3}
    card = a_card(scale={"min": 1, "max": 3, "spare": 0.2, "schedule": [day, night]})
    _, _, _, first, second = scaling.scaled_object_spec(card, a_capacity(), PROMETHEUS)["triggers"]
    assert first == {
        "type": "cron",
        "name": "schedule-0",
        "metadata": {
            "timezone": "Europe/Berlin",
            "start": "5 8 * * mon,fri",
            "end": "0 18 * * mon,fri",
            "desiredReplicas": "2",
        },
    }
    assert (second["metadata"]["start"], second["metadata"]["end"]) == ("0 22 * * sat,sun", "30 6 * * sun,mon")


def test_the_scaled_object_holds_the_cards_bounds_and_three_triggers():
    spec = scaling.scaled_object_spec(a_card(), a_capacity(), PROMETHEUS)
    assert (spec["minReplicaCount"], spec["maxReplicaCount"]) == (1, 3)
    now, rising, mean = spec["triggers"]
    assert [each["metadata"]["threshold"] for each in spec["triggers"]] == ["5", "0.571", "0.51"]
    assert "upstream_rq_(active|pending_active)" in now["metadata"]["query"]
    assert rising["metadata"]["query"].count("[10s]") == 4
    assert mean["metadata"]["query"].count("[30s]") == 4
    assert {each["metadata"]["serverAddress"] for each in spec["triggers"]} == {PROMETHEUS}
