"""What a service whose card says scale.min: 0 is made of, beside what every service is."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from components.planning import require_wake, wake_s
from components.planning.queue import held, queue_length, retry_after_s
from components.service import routing, scaling, workload
from components.validation import InvalidInput
from tests.components import stacks
from tests.components.recording import Engine
from tests.components.samples import AT_ZERO, a_capacity, a_card

SLO = AT_ZERO["slo"]
ROOM = "embedder-waiting-room"


@pytest.fixture(scope="module")
def at_zero() -> Engine:
    return stacks.at_zero("local", "local")


def chosen(labels: Mapping[str, str], selector: Mapping[str, Any]) -> bool:
    """By the rule of a label selector, as far as ours use it."""
    within = {"In": lambda value, values: value in values, "NotIn": lambda value, values: value not in values}
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items()) and all(
        within[each["operator"]](labels.get(each["key"]), each["values"])
        for each in selector.get("matchExpressions", ())
    )


def test_the_scaler_may_leave_none_and_says_who_holds_requests_meanwhile(at_zero: Engine):
    found = at_zero.object("ScaledObject", "embedder")
    assert (found["spec"]["minReplicaCount"], found["spec"]["pollingInterval"]) == (0, 1)
    assert found["metadata"]["annotations"]["tradewind.dev/waiting-room"] == ROOM
    at_zero.object("Deployment", ROOM)


def test_a_service_that_keeps_one_has_no_waiting_room(stack: Engine):
    assert not [each for each in stack.objects() if "waiting-room" in each["metadata"]["name"]]
    assert "cooldownPeriod" not in stack.object("ScaledObject", "embedder")["spec"]


def test_the_entry_finds_the_waiting_room_as_an_endpoint_that_is_never_ready(at_zero: Engine):
    found = at_zero.object("EndpointSlice", ROOM)
    labels = found["metadata"]["labels"]
    assert labels["kubernetes.io/service-name"] == "embedder"
    assert not labels["endpointslice.kubernetes.io/managed-by"].startswith("endpointslice-controller")
    [endpoint] = found["endpoints"]
    assert endpoint == {
        "addresses": ["10.96.0.7"],
        "conditions": {"ready": False, "serving": False, "terminating": False},
    }
    # Envoy Gateway pairs endpoints and Service by the port's name.
    [port], [of_service] = found["ports"], at_zero.object("Service", "embedder")["spec"]["ports"]
    assert port["name"] == of_service["name"]
    assert port["port"] == at_zero.object("Service", ROOM)["spec"]["ports"][0]["port"]


def test_the_entry_turns_to_what_is_not_healthy_only_where_nothing_is():
    kept, none = (routing.traffic_policy_spec(card, a_capacity()) for card in (a_card(), a_card(**AT_ZERO)))
    assert kept["healthCheck"] == none["healthCheck"] == {"panicThreshold": 1}
    assert none["retry"]["numRetries"] > kept["retry"]["numRetries"]


def test_the_queue_at_zero_is_what_the_first_replica_answers_in_time():
    none, one = a_card(**AT_ZERO), a_card(slo=SLO)
    assert queue_length(none, a_capacity()) == queue_length(one, a_capacity()) > 4
    assert retry_after_s(none, a_capacity()) == retry_after_s(one, a_capacity())


def test_the_room_is_bounded_by_the_card(at_zero: Engine):
    card, capacity = a_card(**AT_ZERO), a_capacity()
    [container] = at_zero.object("Deployment", ROOM)["spec"]["template"]["spec"]["containers"]
    env = {each["name"]: each["value"] for each in container["env"]}
    assert env["TARGET"] == "http://10.96.0.7:80"
    assert int(env["MOST_HELD"]) == held(card, capacity) + queue_length(card, capacity)
    assert int(env["FORWARDED_AT_ONCE"]) * 2 <= held(card, capacity) / 2
    assert int(env["TIMEOUT_S"]) == 20
    assert int(env["MAX_BODY_BYTES"]) == workload.MAX_BODY_BYTES < int(env["HELD_BYTES"])


def test_two_hold_and_one_at_a_time_may_be_moved_away(at_zero: Engine):
    assert at_zero.object("Deployment", ROOM)["spec"]["replicas"] == 2
    assert at_zero.object("PodDisruptionBudget", ROOM)["spec"]["maxUnavailable"] == 1


def test_the_room_reaches_its_service_and_nothing_else(at_zero: Engine):
    out = at_zero.object("NetworkPolicy", ROOM)["spec"]
    pods = {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "embedder"}}}
    assert out["policyTypes"] == ["Ingress", "Egress"]
    assert out["egress"] == [{"to": [pods], "ports": [{"port": 3000, "protocol": "TCP"}]}]
    room = {"podSelector": {"matchLabels": {"app.kubernetes.io/name": ROOM}}}
    [let_in] = at_zero.object("NetworkPolicy", "embedder")["spec"]["ingress"]
    assert room in let_in["from"]


def test_its_pods_are_no_replicas_of_the_service(at_zero: Engine):
    labels = at_zero.object("Deployment", ROOM)["spec"]["template"]["metadata"]["labels"]
    for name in ("Service", "PodDisruptionBudget", "NetworkPolicy"):
        spec = at_zero.object(name, "embedder")["spec"]
        selector = spec["selector"] if "selector" in spec else spec["podSelector"]
        assert not chosen(labels, selector if "matchLabels" in selector else {"matchLabels": selector})


def bindings(engine: Engine) -> Sequence[Mapping[str, Any]]:
    found = [each for each in engine.objects() if each["kind"] == "ValidatingAdmissionPolicyBinding"]
    return [each for each in found if each["metadata"]["name"].startswith("model-image-verified")]


def test_its_image_is_verified_as_the_services_own(at_zero: Engine):
    labels = at_zero.object("Deployment", ROOM)["spec"]["template"]["metadata"]["labels"]
    bound = [each for each in bindings(at_zero) if chosen(labels, each["spec"]["matchResources"]["objectSelector"])]
    assert [each["spec"]["paramRef"]["name"] for each in bound] == ["embedder-verified-images"]
    listed = at_zero.object("ConfigMap", "embedder-verified-images")["data"]
    assert {name.rpartition("/")[2] for name in listed.values()} >= {"waiting-room"}


@pytest.mark.parametrize("seconds", [45, 60, 120, 3600])
def test_none_is_left_within_the_time_that_the_card_allows(seconds: int):
    card = a_card(scale=AT_ZERO["scale"], slo=SLO | {"scale_down_s": seconds})
    assert 10 + scaling.cooldown_s(card) + 5 <= seconds


def test_a_timeout_that_outlasts_the_start_twice_is_taken_and_a_shorter_one_refused():
    capacity = a_capacity(start_s=4.0)
    assert wake_s(capacity) == 1 + 1 + 1 + 4 + 1
    require_wake(a_card(scale=AT_ZERO["scale"], slo=SLO | {"timeout_s": 16}), capacity)
    require_wake(a_card(), capacity)
    with pytest.raises(InvalidInput, match=r"slo.timeout_s must be at least 16 where scale.min is 0, .*, got 15"):
        require_wake(a_card(scale=AT_ZERO["scale"], slo=SLO | {"timeout_s": 15}), capacity)
