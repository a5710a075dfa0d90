"""What `make audit` looks at in a real API server: a stack's namespaces, and what nobody else in them makes."""

from collections.abc import Iterator
from typing import Any

import pytest

from policies.audit.live import GATEWAY, OF_GATEWAY, objects
from policies.graph import Node
from policies.inputs import Inputs
from policies.kubernetes.relations import NAMESPACE
from tests.support.api_server import ApiServer

pytestmark = pytest.mark.cluster

SPACE = "audited"
DEPLOYMENT, ACCOUNT = "kubernetes:apps/v1:Deployment", "kubernetes:core/v1:ServiceAccount"
TYPES = {
    DEPLOYMENT,
    ACCOUNT,
    "kubernetes:apps/v1:ReplicaSet",
    "kubernetes:core/v1:Pod",
    "kubernetes:keda.sh/v1alpha1:ScaledObject",
}


def node(type: str, name: str, namespace: str | None, object_name: str) -> Node:
    meta = {"name": object_name, **({"namespace": namespace} if namespace else {})}
    return Node(urn=f"urn:::{name}", type=type, inputs=Inputs({}), outputs=lambda: Inputs({"metadata": meta}))


NODES = [
    node(NAMESPACE, "room", None, SPACE),
    node(DEPLOYMENT, "service-replicas", SPACE, "service"),
    node(GATEWAY, "entry-gateway", "models", "entry"),
]


def a_deployment(name: str, namespace: str, **labels: str) -> dict[str, Any]:
    chosen = {"app": name}
    pod = {"metadata": {"labels": chosen}, "spec": {"containers": [{"name": "it", "image": "it:latest"}]}}
    spec = {"selector": {"matchLabels": chosen}, "template": pod}
    meta = {"name": name, "namespace": namespace, "labels": labels}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec}


@pytest.fixture
def room(api_server: ApiServer) -> Iterator[ApiServer]:
    for name in (SPACE, "elsewhere"):
        api_server.cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, "tests")
    gateway = {f"{OF_GATEWAY}namespace": "models", f"{OF_GATEWAY}name": "entry"}
    for each in (
        a_deployment("service", SPACE),
        a_deployment("by-hand", SPACE),
        a_deployment("envoy", SPACE, **gateway),
        a_deployment("other", "elsewhere"),
    ):
        api_server.cluster.apply(each, "tests")
    yield api_server
    for name in (SPACE, "elsewhere"):
        api_server.cluster.delete("v1", "Namespace", None, name, "Background")


def test_each_is_known_by_the_resource_that_it_is_or_serves(room: ApiServer):
    found = {each.place: each.owner for each in objects(room.cluster, NODES, TYPES) if each.type == DEPLOYMENT}
    assert found == {
        f"{SPACE}/service": "service-replicas",
        f"{SPACE}/by-hand": "by-hand",
        f"{SPACE}/envoy": "entry-gateway",
    }


def test_what_a_controller_made_of_them_is_not_judged_again(room: ApiServer):
    kinds = {each.inputs.get("kind") for each in objects(room.cluster, NODES, TYPES)}
    assert "ReplicaSet" not in kinds and "Pod" not in kinds


def test_an_object_says_its_kind(room: ApiServer):
    assert {each.inputs.get("apiVersion") for each in objects(room.cluster, NODES, {DEPLOYMENT})} == {"apps/v1"}
