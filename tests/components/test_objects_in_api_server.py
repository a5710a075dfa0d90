"""Every object that the stack makes is accepted by a real API server, field by field, as a dry run."""

from typing import Any

import pytest

from airgap.kubernetes_provider.cluster import Cluster
from tests.components import stacks
from tests.components.recording import Engine
from tests.support.api_server import ApiServer
from tests.support.installing import FIRST, install_bases

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def prepared(api_server: ApiServer, stack: Engine) -> Cluster:
    """An API server with the stack's namespaces and CRDs."""
    install_bases(api_server.cluster, stack.objects())
    return api_server.cluster


@pytest.mark.parametrize("least", [1, 0])
def test_every_object_of_the_stack_is_accepted(prepared: Cluster, stack: Engine, least: int):
    for each in (stack if least else stacks.at_zero("local", "local")).objects():
        if each["kind"] not in FIRST:
            accepted = prepared.apply(each, "tests", dry_run=True)
            assert accepted["metadata"]["name"] == each["metadata"]["name"]


def test_the_services_namespace_refuses_a_pod_with_privileges(prepared: Cluster):
    pod: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "root", "namespace": "models"},
        "spec": {"containers": [{"name": "c", "image": "x", "securityContext": {"privileged": True}}]},
    }
    with pytest.raises(Exception, match="violates PodSecurity"):
        prepared.apply(pod, "tests", dry_run=True)


def test_a_field_that_does_not_exist_would_have_been_seen(prepared: Cluster, stack: Engine):
    policy = stack.object("BackendTrafficPolicy", "embedder")
    with pytest.raises(Exception, match="queueing"):
        prepared.apply({**policy, "spec": {**policy["spec"], "queueing": 1}}, "tests", dry_run=True)
