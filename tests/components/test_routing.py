"""How requests reach a service's replicas."""

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


def test_no_request_waits_longer_than_its_timeout():
    card, capacity = a_card(), a_capacity()
    policy = routing.traffic_policy_spec(card, capacity)
    waiting = policy["circuitBreaker"]["maxPendingRequests"]
    assert waiting / (capacity.rps_per_replica * card.scale.max) <= card.slo.timeout_s + 0.1
    assert policy["timeout"]["http"]["requestTimeout"] == "5s"


def test_only_requests_that_no_replica_began_are_sent_again():
    retry = routing.traffic_policy_spec(a_card(), a_capacity())["retry"]
    assert retry["retryOn"] == {"triggers": ["connect-failure", "refused-stream", "reset-before-request"]}


def test_idle_connections_end_before_the_service_ends_them():
    uvicorn_keep_alive_s = 5
    assert uvicorn_keep_alive_s > routing.REUSE_S
