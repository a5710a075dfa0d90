"""Public stacks inside their cluster: what stands before the entry is taken by the API server, and works."""

from collections.abc import Iterator

import pytest

from tests.components import stacks
from tests.doubles.test_stacks_in_clusters import Inside, installed, told

pytestmark = [pytest.mark.cluster, pytest.mark.stack]


@pytest.fixture(scope="module", params=["aws", "gcp"])
def inside(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inside]:
    folder = tmp_path_factory.mktemp(f"{request.param}-public")
    with installed(request.param, folder, **stacks.PUBLIC) as made:
        yield made


def test_every_gateway_is_programmed_and_every_route_taken(inside: Inside):
    assert all(told(each, "Programmed") for each in inside.live("Gateway"))
    routes = inside.live("HTTPRoute")
    assert len(routes) == {"aws": 2, "gcp": 3}[inside.where.kind]
    for route in routes:
        [parent] = route["status"]["parents"]
        assert {each["type"]: each["status"] for each in parent["conditions"]}["Accepted"] == "True"


def test_services_are_attached_to_the_one_listener_and_the_redirect_to_the_other(inside: Inside):
    attached = {
        (gateway["metadata"]["namespace"], listener["name"]): listener["attachedRoutes"]
        for gateway in inside.live("Gateway")
        for listener in gateway["status"]["listeners"]
    }
    assert (
        attached
        == {
            "aws": {("models", "http"): 1, ("models", "redirect"): 1},
            "gcp": {
                ("models", "http"): 1,
                ("envoy-gateway-system", "https"): 1,
                ("envoy-gateway-system", "http"): 1,
            },
        }[inside.where.kind]
    )


def test_the_door_has_an_address(inside: Inside):
    if inside.where.kind == "aws":
        [service] = [each for each in inside.live("Service") if each["spec"]["type"] == "LoadBalancer"]
        [address] = service["status"]["loadBalancer"]["ingress"]
        assert address["hostname"].endswith(".elb.eu-west-1.amazonaws.com")
    else:
        [front] = [each for each in inside.live("Gateway") if each["metadata"]["namespace"] != "models"]
        [address] = front["status"]["addresses"]
        assert address["value"].startswith("203.0.113.")


def test_no_controller_complains(inside: Inside):
    told_ = [
        event["message"]
        for space in inside.cluster.list("v1", "Namespace", None)
        for event in inside.cluster.list("v1", "Event", space["metadata"]["name"])
        if event["source"].get("component") == "rehearsal"
    ]
    assert told_ == []
