"""How requests reach a service's replicas."""

import pytest

from components.planning.queue import held, queue_length, retry_after_s
from components.service import routing
from tests.components.samples import a_capacity, a_card


def test_the_path_of_a_service_is_its_name_and_is_not_passed_on():
    [rule] = routing.route_spec(a_card(), "entry")["rules"]
    assert rule["matches"] == [{"path": {"type": "PathPrefix", "value": "/embedder/"}}]
    assert rule["filters"][0]["urlRewrite"]["path"]["replacePrefixMatch"] == "/"
    assert routing.url("http://127.0.0.1:8080", a_card()) == "http://127.0.0.1:8080/embedder"


def test_the_entry_lets_no_more_into_a_replica_than_it_can_hold():
    policy = routing.traffic_policy_spec(a_card(), a_capacity(in_flight=24))
    assert policy["circuitBreaker"]["perEndpoint"]["maxConnections"] == 24
    assert policy["loadBalancer"] == {"type": "LeastRequest"}


def test_the_cluster_wide_bounds_never_bite_before_the_replicas_own():
    policy = routing.traffic_policy_spec(a_card(), a_capacity(in_flight=24))["circuitBreaker"]
    assert policy["maxConnections"] >= 24 * 3
    assert policy["maxParallelRequests"] >= policy["maxConnections"] + policy["maxPendingRequests"]


@pytest.mark.parametrize("least", [1, 2, 3])
def test_what_the_fewest_replicas_hold_and_what_waits_is_answered_in_time(least: int):
    card, capacity = a_card(scale={"min": least, "max": 3, "spare": 0.2}), a_capacity()
    policy = routing.traffic_policy_spec(card, capacity)
    let_in = policy["circuitBreaker"]["maxPendingRequests"] + capacity.in_flight * least
    assert 2.4 < let_in / (capacity.full_rps * least) <= 2.5
    assert policy["timeout"]["http"]["requestTimeout"] == "5s"


def test_a_slow_service_holds_less_than_it_could_and_lets_wait_what_chance_brings_together():
    slow = a_capacity(full_rps=2.0)
    assert routing.traffic_policy_spec(a_card(), slow)["circuitBreaker"]["perEndpoint"]["maxConnections"] == 3
    assert queue_length(a_card(), slow) == 4


def test_a_service_that_itself_waits_has_as_many_in_work_as_its_rate_makes():
    """2.4 a second of 10 s each: 24 at once, and none of them in a queue, whose wait would end in 504."""
    card = a_card(slo={"p95_ms": 12000, "error_rate": 0.001, "timeout_s": 15, "scale_up_s": 60, "scale_down_s": 60})
    sleeps = a_capacity(full_rps=2.4, outside_ms=10_000, in_flight=24)
    assert held(card, sleeps) == 24
    assert queue_length(card, sleeps) == 4


def test_the_circuit_breakers_refusal_is_429_and_says_when_to_come_again():
    [lua] = routing.refusal_spec(a_card(), a_capacity())["lua"]
    assert retry_after_s(a_card(), a_capacity()) == 3
    assert 'replace("retry-after", "3")' in lua["inline"]
    assert 'if headers:get("x-envoy-overloaded")' in lua["inline"]


def test_only_requests_that_no_replica_began_are_sent_again():
    retry = routing.traffic_policy_spec(a_card(), a_capacity())["retry"]
    assert retry["retryOn"] == {"triggers": ["connect-failure", "refused-stream", "reset-before-request"]}


def test_idle_connections_end_before_the_service_ends_them():
    uvicorn_keep_alive_s = 5
    assert uvicorn_keep_alive_s > routing.REUSE_S
