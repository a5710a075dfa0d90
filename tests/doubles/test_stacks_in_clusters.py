"""Whole stacks inside their cluster: every object is taken, and every controller that a stack waits for is content."""

import importlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from airgap.kubernetes_provider.cluster import Cluster, Object
from provider.protocol import Resource, Values
from tests.components import stacks
from tests.components.recording import Engine
from tests.doubles.cloud import Cloud
from tests.doubles.clusters.controllers import Where, play
from tests.doubles.in_process import recorded_against, whole
from tests.doubles.kubernetes import RELEASE
from tests.doubles.kubernetes.provider import Rehearsed
from tests.doubles.test_stacks import CONFIG
from tests.support.api_server import ApiServer

pytestmark = [pytest.mark.cluster, pytest.mark.stack]

READY = ("NodeClass", "NodePool", "ScaledObject")


@dataclass(frozen=True)
class Inside:
    server: ApiServer
    where: Where
    engine: Engine

    @property
    def cluster(self) -> Cluster:
        return self.server.cluster

    def live(self, *kinds: str) -> list[Object]:
        found = [each for each in self.engine.objects() if each["kind"] in kinds]
        return [self.cluster.get(each["apiVersion"], each["kind"], *place(each)) for each in found]


def place(body: Object) -> tuple[str | None, str]:
    return body["metadata"].get("namespace"), body["metadata"]["name"]


@pytest.fixture(scope="module", params=["aws", "gcp"])
def inside(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inside]:
    folder = tmp_path_factory.mktemp(f"{request.param}-inside")
    with installed(request.param, folder, secrets=stacks.SECRETS) as made:
        yield made


@contextmanager
def installed(kind: str, folder: Path, **deployed: Any) -> Iterator[Inside]:
    """On an API server of its own: a stack's namespaces have the names that other tests give theirs."""
    store = Cloud(folder / f"{kind}.sqlite")
    double = importlib.import_module(f"tests.doubles.{kind}").double(store)
    double.configure(Values(CONFIG[kind]))
    with recorded_against(double):
        engine = stacks.deployed(kind, f"{kind}-dev", **deployed)
    server = ApiServer(folder / "server")
    try:
        server.start()
        made = Inside(server, Where(kind=kind, region=CONFIG[kind]["region"], store=store), engine)
        install(made)
        yield made
    finally:
        server.stop()


def install(inside: Inside) -> None:
    """In the order of the program but for what others stand on; the pods run as soon as they are there."""
    plugin = Rehearsed()
    plugin.configure(Values({"kubeconfig": inside.server.kubeconfig}))
    play(inside.cluster, inside.where)
    objects = [whole(each) for each in inside.engine.objects()]
    for each in [each for each in objects if each["kind"] == "Namespace"]:
        inside.cluster.apply(pruned(each), "stack")
    for each in inside.engine.made:
        if each.type == RELEASE:
            asked = Resource(
                urn=f"urn:pulumi:t::t::{RELEASE}::{each.name}",
                name=each.name,
                type=RELEASE,
                inputs=Values(whole(each.inputs)),
            )
            checked = plugin.check(asked)
            assert not checked.failures
            plugin.create(asked)
    for each in [each for each in objects if each["kind"] != "Namespace"]:
        inside.cluster.apply(pruned(each), "stack", force=True)
    deadline = time.monotonic() + 60
    while unready := [each["kind"] for each in inside.live("Gateway") if not told(each, "Programmed")]:
        play(inside.cluster, inside.where)
        run_pods(inside)
        assert time.monotonic() < deadline, unready
    for _ in range(2):
        play(inside.cluster, inside.where)


def pruned(body: Object) -> Object:
    """As the provider sends it."""
    return {key: value for key, value in body.items() if value is not None}


def run_pods(inside: Inside) -> None:
    """As kubelets report them, on whatever node."""
    fine = [{"type": kind, "status": "True"} for kind in ("Ready", "ContainersReady", "PodScheduled")]
    status = {"phase": "Running", "podIP": "10.1.2.3", "podIPs": [{"ip": "10.1.2.3"}], "conditions": fine}
    for space in inside.cluster.list("v1", "Namespace", None):
        for pod in inside.cluster.list("v1", "Pod", space["metadata"]["name"]):
            inside.server.patch("v1", "Pod", *place(pod), {"status": status}, status=True)


def told(live: Object, kind: str) -> bool:
    return any(
        each["type"] == kind and each["status"] == "True" for each in (live.get("status") or {}).get("conditions") or []
    )


def test_nodes_and_scalers_are_ready(inside: Inside):
    found = inside.live(*READY)
    assert {each["kind"] for each in found} == {"aws": {*READY}, "gcp": {"ScaledObject"}}[inside.where.kind]
    for each in found:
        assert told(each, "Ready"), each.get("status")
    assert len(inside.cluster.list("v1", "Node", None)) == 2


def test_the_entry_is_programmed_and_has_the_route_with_its_policy(inside: Inside):
    [gateway], [route], [policy] = inside.live("Gateway"), inside.live("HTTPRoute"), inside.live("BackendTrafficPolicy")
    assert gateway["status"]["listeners"][0]["attachedRoutes"] == 1
    for entry in (route["status"]["parents"][0], policy["status"]["ancestors"][0]):
        assert {each["status"] for each in entry["conditions"]} == {"True"}


def test_the_entrys_service_has_an_address_and_an_envoy_behind_it(inside: Inside):
    [service] = [each for each in inside.live("Service") if each["spec"]["type"] == "LoadBalancer"]
    assert service["status"]["loadBalancer"]["ingress"]
    labels = ",".join(f"{key}={value}" for key, value in service["spec"]["selector"].items())
    assert inside.cluster.list("v1", "Pod", service["metadata"]["namespace"], labelSelector=labels)


def test_no_controller_complains(inside: Inside):
    events: list[dict[str, Any]] = []
    for space in inside.cluster.list("v1", "Namespace", None):
        events += inside.cluster.list("v1", "Event", space["metadata"]["name"])
    assert [each["message"] for each in events if each["source"].get("component") == "rehearsal"] == []


def test_the_autoscaler_keeps_the_cards_bounds(inside: Inside):
    [scaled] = inside.live("ScaledObject")
    hpa = inside.cluster.get(
        "autoscaling/v2", "HorizontalPodAutoscaler", *(place(scaled)[0], scaled["status"]["hpaName"])
    )
    assert (hpa["spec"]["minReplicas"], hpa["spec"]["maxReplicas"]) == (
        scaled["spec"]["minReplicaCount"], scaled["spec"]["maxReplicaCount"],
    )  # fmt: skip
