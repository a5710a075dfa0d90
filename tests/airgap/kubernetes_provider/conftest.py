"""A stack on the real engine, and a plugin without one, each in a namespace of its own on the real API server."""

import textwrap
import uuid
from collections.abc import Callable, Iterator

import pytest

from airgap.kubernetes_provider.provider import Kubernetes
from provider.protocol import Values
from tests.support.api_server import ApiServer
from tests.support.engine import Engine, Stack

PREAMBLE = """
import os, pulumi, pulumi_kubernetes as k8s
from pulumi import ResourceOptions
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.apps import v1 as apps
from pulumi_kubernetes.batch import v1 as batch
NAMESPACE = os.environ["TEST_NAMESPACE"]
provider = k8s.Provider("cluster", kubeconfig=os.environ["TEST_KUBECONFIG"], namespace=NAMESPACE)
OPTS = ResourceOptions(provider=provider)
"""


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine(tmp_path_factory.mktemp("engine"))


@pytest.fixture
def namespace(api_server: ApiServer) -> str:
    """A fresh namespace. It is left: the API server goes as a whole."""
    name = f"t-{uuid.uuid4().hex[:8]}"
    api_server.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    return name


@pytest.fixture
def stack(engine: Engine, api_server: ApiServer, namespace: str) -> Stack:
    return engine.stack(namespace, TEST_KUBECONFIG=api_server.kubeconfig, TEST_NAMESPACE=namespace)


@pytest.fixture
def program() -> Callable[[str], str]:
    """A program's text after the usual imports, the provider and OPTS that names it."""
    return lambda text: PREAMBLE + textwrap.dedent(text)


@pytest.fixture
def plugin(api_server: ApiServer, namespace: str) -> Iterator[Kubernetes]:
    made = Kubernetes()
    made.configure(Values({"kubeconfig": api_server.kubeconfig, "namespace": namespace}))
    yield made
    made.stopping.set()


@pytest.fixture
def node(api_server, namespace):
    """A node object of the namespace's name, as a kubelet registers it."""
    metadata = {"name": namespace, "labels": {"kubernetes.io/hostname": namespace}}
    api_server.create({"apiVersion": "v1", "kind": "Node", "metadata": metadata})
    ready = {"conditions": [{"type": "Ready", "status": "True"}]}
    api_server.patch("v1", "Node", None, namespace, {"status": ready}, status=True)
    yield namespace
    api_server.cluster.delete("v1", "Node", None, namespace, "Background")
