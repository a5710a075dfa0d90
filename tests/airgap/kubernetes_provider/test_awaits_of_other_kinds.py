"""What a create of anything but a workload waits for, how a wait is left out, cancelled and ended by its timeout."""

import pytest

from provider.protocol import InitFailed
from tests.airgap.kubernetes_provider.awaiting import LABELS, TEMPLATE, Waiting, controllers, make_ready
from tests.airgap.kubernetes_provider.calls import resource

pytestmark = pytest.mark.cluster


def test_a_service_is_awaited_until_a_pod_stands_behind_it(plugin, api_server, namespace, node):
    spec = {"selector": LABELS, "ports": [{"port": 80}]}
    waiting = Waiting(plugin, resource("v1", "Service", namespace, spec=spec))
    waiting.waits('no pod that its selector {"app": "shop"} picks is ready')
    api_server.create(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "one", "namespace": namespace, "labels": LABELS},
            "spec": {**TEMPLATE["spec"], "nodeName": node},
        }
    )
    make_ready(api_server, namespace)
    assert waiting.ends().state.get("spec", "clusterIP")


def test_a_load_balancer_is_awaited_until_it_has_an_address(plugin, api_server, namespace):
    spec = {"type": "LoadBalancer", "ports": [{"port": 80}]}
    waiting = Waiting(plugin, resource("v1", "Service", namespace, spec=spec))
    waiting.waits("waiting for a load balancer address")
    address = {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}
    api_server.patch("v1", "Service", namespace, "shop", {"status": address}, status=True)
    assert waiting.ends().state.get("status", "loadBalancer", "ingress", 0, "ip") == "192.0.2.1"


@pytest.mark.parametrize(
    "spec",
    [
        {"clusterIP": "None", "selector": LABELS},
        {"ports": [{"port": 80}]},
        {"type": "ExternalName", "externalName": "example.com"},
    ],
)
def test_a_service_that_needs_no_pod_is_not_awaited(plugin, namespace, spec):
    assert Waiting(plugin, resource("v1", "Service", namespace, spec=spec)).ends(5).id == f"{namespace}/shop"


def test_skip_await_waits_for_nothing(plugin, namespace):
    metadata = {"annotations": {"pulumi.com/skipAwait": "true"}}
    wanted = resource("apps/v1", "Deployment", namespace, metadata=metadata, spec=controllers("Deployment"))
    assert Waiting(plugin, wanted).ends(5).id == f"{namespace}/shop"


def test_an_api_service_is_awaited_until_it_is_available(plugin, api_server, namespace):
    name = f"v1.{namespace}.example.com"
    spec = {
        "group": f"{namespace}.example.com", "version": "v1", "groupPriorityMinimum": 100, "versionPriority": 100,
        "insecureSkipTLSVerify": True, "service": {"name": "adapter", "namespace": namespace},
    }  # fmt: skip
    waiting = Waiting(plugin, resource("apiregistration.k8s.io/v1", "APIService", None, name=name, spec=spec))
    try:
        waiting.waits("not available: ")
        # With no service behind it the group is the API server's own, and the aggregator says yes for good.
        local = {"spec": {"service": None, "insecureSkipTLSVerify": None}}
        api_server.patch("apiregistration.k8s.io/v1", "APIService", None, name, local)
        assert waiting.ends().id == name
    finally:
        api_server.cluster.delete("apiregistration.k8s.io/v1", "APIService", None, name, "Background")


@pytest.fixture
def gate(api_server, namespace):
    """A custom kind with a status, as Gateway API and KEDA have; gives its apiVersion."""
    group = f"{namespace}.example.com"
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "schema": {"openAPIV3Schema": schema},
    }
    names = {"plural": "gates", "singular": "gate", "kind": "Gate", "listKind": "GateList"}
    api_server.create(
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": f"gates.{group}"},
            "spec": {"group": group, "scope": "Namespaced", "names": names, "versions": [version]},
        }
    )
    yield f"{group}/v1"
    api_server.cluster.delete(
        "apiextensions.k8s.io/v1", "CustomResourceDefinition", None, f"gates.{group}", "Background"
    )


def test_a_condition_of_any_kind_can_be_awaited(plugin, api_server, namespace, gate):
    metadata = {
        "annotations": {
            "pulumi.com/waitFor": '["condition=Programmed", "jsonpath={.status.parents[0].conditions[?(@.type==\\"Accepted\\")].status}=True"]'
        }
    }
    waiting = Waiting(plugin, resource(gate, "Gate", namespace, metadata=metadata, spec={"a": 1}))
    waiting.waits("condition Programmed is not there yet")

    def report(generation: int, accepted: str) -> None:
        status = {
            "conditions": [{"type": "Programmed", "status": "True", "observedGeneration": generation}],
            "parents": [{"conditions": [{"type": "Accepted", "status": accepted}]}],
        }
        api_server.patch(gate, "Gate", namespace, "shop", {"status": status}, status=True)

    report(0, "True")  # Gateway API writes 1 for a new object; 0 stands for a report on an older one
    waiting.waits("is of an older version")
    report(1, "False")
    waiting.waits("is False, not True")
    report(1, "True")
    assert waiting.ends().id == f"{namespace}/shop"


def test_a_kind_whose_definition_comes_a_moment_later_is_waited_for(plugin, api_server, namespace):
    group = f"{namespace}.example.org"
    waiting = Waiting(plugin, resource(f"{group}/v1", "Gate", namespace, spec={}))
    waiting.waits("waiting for kind Gate")
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
    }
    plugin.create(
        resource(
            "apiextensions.k8s.io/v1", "CustomResourceDefinition", None, name=f"gates.{group}",
            spec={"group": group, "scope": "Namespaced", "names": {"plural": "gates", "singular": "gate", "kind": "Gate", "listKind": "GateList"}, "versions": [version]},
        )
    )  # fmt: skip
    assert waiting.ends().id == f"{namespace}/shop"
    api_server.cluster.delete(
        "apiextensions.k8s.io/v1", "CustomResourceDefinition", None, f"gates.{group}", "Background"
    )


def test_cancelling_ends_a_wait_and_keeps_the_object(plugin, namespace):
    waiting = Waiting(plugin, resource("apps/v1", "Deployment", namespace, spec=controllers("Deployment")))
    waiting.waits("0 available")
    plugin.stopping.set()
    failed = waiting.ends(3)
    assert isinstance(failed, InitFailed) and failed.reasons[0].startswith("cancelled after")


def test_a_wait_ends_at_its_timeout(plugin, namespace):
    failed = Waiting(
        plugin, resource("apps/v1", "Deployment", namespace, timeout=1, spec=controllers("Deployment"))
    ).ends(5)
    assert isinstance(failed, InitFailed)
    assert failed.reasons[0].startswith("timed out after 1 s of waiting: ")
    assert failed.state.get("metadata", "uid")
