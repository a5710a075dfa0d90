"""Ctrl-C and SIGKILL at bad moments, and the plain `up` after them."""

import contextlib
import json
import os
import signal
import time

import psutil
import pytest

from airgap.kubernetes_provider.errors import ApiError

pytestmark = pytest.mark.cluster

SHOP = """
shop = apps.Deployment("shop", metadata={"name": "shop"}, opts=OPTS, spec={
    "replicas": 1, "selector": {"match_labels": {"app": "shop"}},
    "template": {"metadata": {"labels": {"app": "shop"}}, "spec": {"containers": [{"name": "main", "image": "shop:%s"}]}}})
auto = core.ConfigMap("auto", metadata={"name": "after"}, data={"uid": shop.metadata.uid}, opts=OPTS)
"""


def image(api_server, namespace) -> str | None:
    found = api_server.cluster.list("apps/v1", "Deployment", namespace)
    return found[0]["spec"]["template"]["spec"]["containers"][0]["image"] if found else None


def wait_for_image(api_server, namespace, wanted: str) -> None:
    deadline = time.monotonic() + 60
    while image(api_server, namespace) != wanted:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    time.sleep(1)


def roll_out(api_server, namespace) -> None:
    """What a kubelet reports when all pods are ready."""
    for pod in api_server.cluster.list("v1", "Pod", namespace):
        conditions = [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}]
        status = {"phase": "Running", "conditions": conditions, "podIP": "10.1.2.3", "podIPs": [{"ip": "10.1.2.3"}]}
        with gone_meanwhile():
            api_server.patch("v1", "Pod", namespace, pod["metadata"]["name"], {"status": status}, status=True)


@contextlib.contextmanager
def gone_meanwhile():
    """A pod of the old replica set may go between being listed and being written to."""
    try:
        yield
    except ApiError as error:
        if error.status != 404:
            raise


def finish_rolling_out(stack, process, api_server, namespace):
    """Plays the kubelet until the command ends."""
    while process.poll() is None:
        roll_out(api_server, namespace)
        time.sleep(0.3)
    outcome = stack.finish(process)
    assert outcome.code == 0, outcome.text
    return outcome


def kill(process) -> None:
    """SIGKILL for the CLI alone, as the kernel's memory killer would; its children must go by themselves."""
    children = psutil.Process(process.pid).children(recursive=True)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)
    _, alive = psutil.wait_procs(children, timeout=10)
    assert not alive, f"still running after the engine was killed: {alive}"


def test_ctrl_c_in_a_wait_ends_soon_and_the_next_up_goes_on(stack, program, api_server, namespace):
    stack.program(program(SHOP % "1"))
    process = stack.start("up", "--yes", "--skip-preview")
    wait_for_image(api_server, namespace, "shop:1")
    os.killpg(process.pid, signal.SIGINT)
    start = time.monotonic()
    interrupted = stack.finish(process)
    assert interrupted.code != 0 and time.monotonic() - start < 15
    assert "cancelled after" in interrupted.text

    uid = api_server.cluster.get("apps/v1", "Deployment", namespace, "shop")["metadata"]["uid"]
    again = finish_rolling_out(stack, stack.start("up", "--yes", "--skip-preview"), api_server, namespace)
    assert again.changes == {"updated": 1, "created": 1, "unchanged": 2}, again.text
    assert api_server.cluster.get("apps/v1", "Deployment", namespace, "shop")["metadata"]["uid"] == uid
    assert stack.up().changes == {"unchanged": 4}


def test_a_killed_create_is_taken_up_by_the_next_up(stack, program, api_server, namespace):
    stack.program(program(SHOP % "1"))
    process = stack.start("up", "--yes", "--skip-preview")
    wait_for_image(api_server, namespace, "shop:1")
    uid = api_server.cluster.get("apps/v1", "Deployment", namespace, "shop")["metadata"]["uid"]
    kill(process)
    stack.run("cancel", "--yes")
    finish_rolling_out(stack, stack.start("up", "--yes", "--skip-preview"), api_server, namespace)
    [live] = api_server.cluster.list("apps/v1", "Deployment", namespace)
    assert live["metadata"]["uid"] == uid, "adopted, not doubled or made anew"
    assert [each["type"] for each in json.loads(stack.export())["deployment"]["resources"]].count(
        "kubernetes:apps/v1:Deployment"
    ) == 1


@pytest.mark.parametrize("then", ["2", "1"], ids=["the same program", "the program before"])
def test_a_killed_update_converges_with(stack, program, api_server, namespace, then):
    stack.program(program(SHOP % "1"))
    finish_rolling_out(stack, stack.start("up", "--yes", "--skip-preview"), api_server, namespace)
    stack.program(program(SHOP % "2"))
    process = stack.start("up", "--yes", "--skip-preview")
    wait_for_image(api_server, namespace, "shop:2")
    kill(process)
    stack.run("cancel", "--yes")

    # With the program before, its inputs equal the state's: only the cluster tells that there is something to do.
    stack.program(program(SHOP % then))
    again = finish_rolling_out(stack, stack.start("up", "--yes", "--skip-preview"), api_server, namespace)
    assert again.changes == {"updated": 1, "unchanged": 3}, again.text
    assert image(api_server, namespace) == f"shop:{then}"
    assert stack.up().changes == {"unchanged": 4}
