"""The rehearsal's plugin on the real API server, which no release and none of its definitions is in at first."""

import threading
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from airgap.kubernetes_provider.cluster import Cluster
from provider.protocol import Resource, Values
from tests.doubles.kubernetes import RELEASE
from tests.doubles.kubernetes.definitions import API, KIND, Definitions
from tests.doubles.kubernetes.provider import Rehearsed
from tests.support.api_server import ApiServer

PATIENCE_S = 120

KEDA = {
    "name": "keda",
    "chart": "keda",
    "version": "2.18.0",
    "repositoryOpts": {"repo": "https://kedacore.github.io/charts"},
    "maxHistory": 3,
}
PROMETHEUS = {
    "name": "prometheus",
    "chart": "prometheus",
    "version": "29.45.2",
    "repositoryOpts": {"repo": "https://prometheus-community.github.io/helm-charts"},
}
GATEWAY = {"name": "eg", "chart": "oci://docker.io/envoyproxy/gateway-helm", "version": "v1.7.0"}


@pytest.fixture(scope="module")
def server(api_server: ApiServer) -> Iterator[ApiServer]:
    """Before and after, without the definitions that other tests install in their own way."""
    remove_definitions(api_server.cluster)
    yield api_server
    remove_definitions(api_server.cluster)


@pytest.fixture(scope="module")
def namespace(server: ApiServer) -> str:
    """One for a module: the definitions that a release brings are of its namespace."""
    name = f"t-{uuid.uuid4().hex[:8]}"
    server.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    return name


@pytest.fixture
def plugin(server: ApiServer, namespace: str) -> Iterator[Rehearsed]:
    """Afterwards no release is left."""
    made = Rehearsed()
    made.configure(Values({"kubeconfig": server.kubeconfig}))
    yield made
    made.stopping.set()
    for home in (namespace, f"{namespace}-made-keda"):
        path = server.cluster.path("v1", "Secret", home)
        server.cluster.request("DELETE", path, {"labelSelector": "owner=helm"})


def remove_definitions(cluster: Cluster) -> None:
    theirs = ("eks.amazonaws.com", "karpenter.sh", "networking.gke.io", "secrets-store.csi.x-k8s.io")
    ours = ("keda.sh", "gateway.networking.k8s.io", "gateway.envoyproxy.io", *theirs)
    names = [each for each in definitions(cluster) if each.endswith(ours)]
    Definitions(cluster, "", "", threading.Event(), lambda _: None).remove(names, PATIENCE_S)


def definitions(cluster: Cluster) -> list[str]:
    return [each["metadata"]["name"] for each in cluster.list(API, KIND, None)]


def a_release(inputs: dict[str, Any], namespace: str | None = None, **more: Any) -> Resource:
    """As the engine hands it over."""
    place = {"namespace": namespace} if namespace else {}
    urn = f"urn:pulumi:t::t::{RELEASE}::it"
    return Resource(urn=urn, name="it", type=RELEASE, inputs=Values({**inputs, **place}), timeout=60, **more)
