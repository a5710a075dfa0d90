"""Google's Gateways, as GKE would answer for them: only with the channel on, and only of what the project has."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from airgap.kubernetes_provider.cluster import Object
from airgap.kubernetes_provider.errors import ApiError, NoKind
from components.domain import gcp_front
from tests.doubles.cloud import Thing
from tests.doubles.clusters import proxies
from tests.doubles.clusters.attachment import GATEWAYS
from tests.doubles.clusters.played import Played
from tests.doubles.gcp import domains, platform

pytestmark = pytest.mark.cluster

Made = Callable[..., Object]


@pytest.fixture
def project(gcp: Played) -> Iterator[Played]:
    """With the channel on, an address, a TLS policy and a map with a certificate."""
    store = gcp.where.store
    [cluster] = store.things(platform.CLUSTER)
    store.put(replace(cluster, inputs={**cluster.inputs, "gatewayApiConfig": {"channel": "CHANNEL_STANDARD"}}))
    for token, inputs, outputs in (
        (domains.ADDRESS, {"name": "front"}, {"address": "203.0.113.80"}),
        (domains.TLS, {"name": "modern"}, {}),
        (domains.MAP, {"name": "shelf"}, {}),
        (domains.ENTRY, {"name": "ai", "map": "shelf"}, {}),
    ):
        store.put(Thing(token=token, id=inputs["name"], inputs=inputs, outputs=outputs))
    gcp.pass_()
    until_served(gcp, "GCPGatewayPolicy", "GCPBackendPolicy", "HealthCheckPolicy")
    gcp.pass_(times=2)
    yield gcp
    gcp.cluster.delete(GATEWAYS, "GatewayClass", None, proxies.CLASS, "Background")


def until_served(played: Played, *kinds: str) -> None:
    """A definition is there a moment before its kind is."""
    deadline = time.monotonic() + 10
    for kind in kinds:
        while True:
            try:
                played.cluster.kind(proxies.POLICIES, kind, fresh=True)
                break
            except NoKind:
                assert time.monotonic() < deadline, kind
                time.sleep(0.1)


@pytest.fixture
def made(project: Played) -> Iterator[Made]:
    """Makes an object, which is gone afterwards."""
    there: list[Object] = []

    def make(*what: Any, **parts: Any) -> Object:
        there.append(project.make(*what, **parts))
        return there[-1]

    yield make
    for each in there:
        project.end(each)


def a_front(made: Made, shelf: str | None = "shelf", address: str = "front", **listener: Any) -> Object:
    spec = gcp_front.gateway_spec(address)
    spec["listeners"][0] |= listener
    annotations = {proxies.CERTIFICATES: shelf} if shelf else {}
    return made(GATEWAYS, "Gateway", "front", metadata={"annotations": annotations}, spec=spec)


def test_without_the_channel_there_is_no_class(gcp: Played):
    gcp.pass_(times=2)
    names = [each["metadata"]["name"] for each in gcp.cluster.list(GATEWAYS, "GatewayClass", None)]
    assert proxies.CLASS not in names


def test_a_gateway_has_the_address_and_counts_the_route(project: Played, made: Made):
    gateway = a_front(made)
    made("v1", "Service", "envoys", spec={"ports": [{"port": 80}]})
    route = made(GATEWAYS, "HTTPRoute", "front", spec=gcp_front.route_spec("ai.example.com", "front", "envoys", 80))
    project.pass_(times=2)
    status = project.status(gateway)
    assert project.told(gateway)["Programmed"] == ("True", "Programmed")
    assert status["addresses"] == [{"type": "IPAddress", "value": "203.0.113.80"}]
    assert {each["name"]: each["attachedRoutes"] for each in status["listeners"]} == {"https": 1, "http": 0}
    [parent] = project.status(route)["parents"]
    assert parent["controllerName"] == proxies.CONTROLLER
    assert {each["status"] for each in parent["conditions"]} == {"True"}


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [
        ({"address": "other"}, "no global address of the project is called 'other'"),
        ({"shelf": "other"}, "the certificate map 'other' does not exist, or has no certificate"),
        ({"shelf": None}, "listener https needs certificates of its own, or of a map, and not of both"),
        (
            {"tls": {"mode": "Terminate", "options": {"networking.gke.io/pre-shared-certs": "own"}}},
            "listener https needs certificates of its own, or of a map, and not of both",
        ),
    ],
)
def test_a_gateway_of_what_is_not_there_is_not_programmed(
    project: Played, made: Made, spoilt: dict[str, Any], said: str
):
    gateway = a_front(made, **spoilt)
    project.pass_(times=2)
    assert project.told(gateway)["Programmed"] == ("False", "Invalid")
    assert said in project.message(gateway, "Programmed")
    assert any(said in each for each in project.events(gateway))


def test_a_tls_policy_that_is_not_there_is_missed(project: Played, made: Made):
    gateway = a_front(made)
    made(proxies.POLICIES, "GCPGatewayPolicy", "front", spec=gcp_front.tls_spec("front", "none"))
    project.pass_()
    assert "the SSL policy 'none' does not exist" in project.message(gateway, "Programmed")
    project.make(proxies.POLICIES, "GCPGatewayPolicy", "front", spec=gcp_front.tls_spec("front", "modern"))
    project.pass_()
    assert project.told(gateway)["Programmed"] == ("True", "Programmed")


@pytest.mark.parametrize(
    ("kind", "spec", "said"),
    [
        ("HealthCheckPolicy", {**gcp_front.health_spec("envoys"), "defaults": {}}, "defaults"),
        ("GCPBackendPolicy", {**gcp_front.backend_spec("envoys"), "default": {"timeoutSec": 0}}, "timeoutSec"),
        ("GCPGatewayPolicy", {**gcp_front.tls_spec("front", "modern"), "targetRef": {"kind": "Service"}}, "targetRef"),
    ],
)
def test_the_definitions_refuse(project: Played, kind: str, spec: dict[str, Any], said: str):
    with pytest.raises(ApiError, match=said):
        project.make(proxies.POLICIES, kind, "refused", spec=spec)


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("HealthCheckPolicy", gcp_front.health_spec("envoys")),
        ("GCPBackendPolicy", gcp_front.backend_spec("envoys")),
        ("GCPGatewayPolicy", gcp_front.tls_spec("front", "modern")),
    ],
)
def test_the_definitions_take_what_our_stack_writes(made: Made, kind: str, spec: dict[str, Any]):
    assert made(proxies.POLICIES, kind, "taken", spec=spec)["spec"] == spec
