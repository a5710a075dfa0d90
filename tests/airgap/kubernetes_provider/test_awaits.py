"""What a create waits for, kind by kind, against the real API server; statuses are written as a kubelet would."""

import threading
import time
from typing import Any

import pytest

from provider.protocol import InitFailed, Resource
from tests.airgap.kubernetes_provider.calls import resource

pytestmark = pytest.mark.cluster

LABELS = {"app": "shop"}
TEMPLATE = {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "main", "image": "shop:1"}]}}


class Waiting:
    """A create in a thread of its own."""

    def __init__(self, plugin, wanted: Resource):
        self.said: list[str] = []
        plugin.log.status = lambda _, text: self.said.append(text)
        self.result: Any = None
        self._thread = threading.Thread(target=self._run, args=(plugin, wanted), daemon=True)
        self._thread.start()

    def _run(self, plugin, wanted: Resource) -> None:
        try:
            self.result = plugin.create(wanted)
        except Exception as error:
            self.result = error

    def waits(self, text: str, seconds: float = 10) -> None:
        """Passes once progress has told `text`, and the create is still waiting a moment later."""
        deadline = time.monotonic() + seconds
        while not any(text in each for each in self.said):
            assert self.result is None, self.result
            assert time.monotonic() < deadline, self.said
            time.sleep(0.05)
        time.sleep(0.6)
        assert self.result is None, self.result

    def ends(self, seconds: float = 10) -> Any:
        self._thread.join(seconds)
        assert not self._thread.is_alive(), self.said
        return self.result


def controllers(kind: str) -> dict[str, Any]:
    return {
        "Deployment": {"replicas": 1, "selector": {"matchLabels": LABELS}, "template": TEMPLATE},
        "StatefulSet": {
            "replicas": 1,
            "serviceName": "shop",
            "selector": {"matchLabels": LABELS},
            "template": TEMPLATE,
        },
        "DaemonSet": {"selector": {"matchLabels": LABELS}, "template": TEMPLATE},
    }[kind]


def pods(api_server, namespace: str) -> list[dict[str, Any]]:
    deadline = time.monotonic() + 10
    while not (found := api_server.cluster.list("v1", "Pod", namespace)):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


def make_ready(api_server, namespace: str) -> None:
    """What a kubelet reports of running pods; the real controllers turn it into the statuses of their objects."""
    for pod in pods(api_server, namespace):
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        conditions = [
            {"type": kind, "status": "True", "lastTransitionTime": now}
            for kind in ("Ready", "ContainersReady", "PodScheduled")
        ]
        container = {
            "name": "main",
            "image": "shop:1",
            "imageID": "",
            "ready": True,
            "restartCount": 0,
            "state": {"running": {"startedAt": now}},
        }
        status = {
            "phase": "Running",
            "podIP": "10.1.2.3",
            "podIPs": [{"ip": "10.1.2.3"}],
            "conditions": conditions,
            "containerStatuses": [container],
        }
        api_server.patch("v1", "Pod", namespace, pod["metadata"]["name"], {"status": status}, status=True)


@pytest.mark.parametrize(
    ("kind", "said"),
    [("Deployment", "0 available"), ("StatefulSet", "0 of 1 pods ready")],
)
def test_a_controller_is_awaited_until_its_pods_are_ready(plugin, api_server, namespace, kind, said):
    waiting = Waiting(plugin, resource("apps/v1", kind, namespace, spec=controllers(kind)))
    waiting.waits(said)
    make_ready(api_server, namespace)
    made = waiting.ends()
    assert made.id == f"{namespace}/shop"
    assert made.state.get("status", "readyReplicas") == 1


@pytest.fixture
def node(api_server, namespace):
    """A node object of the namespace's name, as a kubelet registers it."""
    api_server.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": namespace}})
    ready = {"conditions": [{"type": "Ready", "status": "True"}]}
    api_server.patch("v1", "Node", None, namespace, {"status": ready}, status=True)
    yield namespace
    api_server.cluster.delete("v1", "Node", None, namespace, "Background")


def test_a_daemon_set_is_awaited_on_every_node(plugin, api_server, namespace, node):
    pod = {**TEMPLATE["spec"], "tolerations": [{"operator": "Exists"}]}
    spec = {**controllers("DaemonSet"), "template": {**TEMPLATE, "spec": pod}}
    waiting = Waiting(plugin, resource("apps/v1", "DaemonSet", namespace, spec=spec))
    waiting.waits("0 available")
    make_ready(api_server, namespace)
    assert waiting.ends().state.get("status", "numberAvailable") == 1


def test_a_deployment_that_passes_its_progress_deadline_is_given_up(plugin, api_server, namespace):
    spec = {**controllers("Deployment"), "progressDeadlineSeconds": 1}
    failed = Waiting(plugin, resource("apps/v1", "Deployment", namespace, spec=spec)).ends(15)
    assert isinstance(failed, InitFailed)
    assert failed.id == f"{namespace}/shop"
    assert "progress deadline" in failed.reasons[0]


def test_a_job_is_awaited_until_it_is_complete(plugin, api_server, namespace):
    pod = {"containers": [{"name": "main", "image": "shop:1"}], "restartPolicy": "Never"}
    waiting = Waiting(plugin, resource("batch/v1", "Job", namespace, spec={"template": {"spec": pod}}))
    waiting.waits("1 active, 0 succeeded")
    [one] = pods(api_server, namespace)
    api_server.patch("v1", "Pod", namespace, one["metadata"]["name"], {"status": {"phase": "Succeeded"}}, status=True)
    assert waiting.ends().state.get("status", "succeeded") == 1


def test_a_failed_job_is_given_up_at_once(plugin, api_server, namespace):
    pod = {"containers": [{"name": "main", "image": "shop:1"}], "restartPolicy": "Never"}
    waiting = Waiting(
        plugin, resource("batch/v1", "Job", namespace, spec={"template": {"spec": pod}, "backoffLimit": 0})
    )
    waiting.waits("1 active")
    [one] = pods(api_server, namespace)
    api_server.patch("v1", "Pod", namespace, one["metadata"]["name"], {"status": {"phase": "Failed"}}, status=True)
    failed = waiting.ends()
    assert isinstance(failed, InitFailed) and "backoff limit" in failed.reasons[0]


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
