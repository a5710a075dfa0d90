"""What a create of a workload waits for, against the real API server; statuses are written as a kubelet would."""

import pytest

from provider.protocol import InitFailed
from tests.airgap.kubernetes_provider.awaiting import TEMPLATE, Waiting, controllers, make_ready, pods
from tests.airgap.kubernetes_provider.calls import resource

pytestmark = pytest.mark.cluster


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


def test_a_daemon_set_is_awaited_on_every_node(plugin, api_server, namespace, node):
    # Other tests' nodes stand in the same API server.
    only = {"kubernetes.io/hostname": node}
    pod = {**TEMPLATE["spec"], "tolerations": [{"operator": "Exists"}], "nodeSelector": only}
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
