"""A second node is a node of the first one's cluster: pods of both find each other, under the same policies."""

import json
import uuid
from collections.abc import Iterator

import pytest

from airgap import node
from airgap.errors import SetupError
from airgap.node import second
from airgap.node.layout import NodeSpec
from tests.airgap.node.running import Running, eventually
from tests.airgap.node.test_policies import SERVE, WAIT, allow

pytestmark = [pytest.mark.node, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def joined(running: Running) -> Iterator[str]:
    yield second.join(running.spec, print)
    second.leave(running.spec, print)


@pytest.fixture(scope="module")
def namespace(running: Running, joined: str) -> Iterator[str]:
    """With a server on the second node, its Service, and clients on either."""
    name = f"second-{uuid.uuid4().hex[:6]}"
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "server", "namespace": name},
        "spec": {"selector": {"app": "server"}, "ports": [{"port": 80, "targetPort": 8000}]},
    }
    pods = [running.pod(each, *(SERVE if each == "server" else WAIT), namespace=name) for each in PLACES]
    for pod in pods:
        pod["spec"]["nodeName"] = joined if PLACES[pod["metadata"]["name"]] == "second" else running.facts.context
    running.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, service, *pods)
    running.kubectl("wait", "pods", "--all", "--for=condition=Ready", f"--namespace={name}", "--timeout=60s")
    yield name
    running.kubectl("delete", "namespace", name, "--wait=true", "--timeout=60s")


PLACES = {"server": "second", "friend": "first", "stranger": "second"}


def test_both_nodes_are_ready(running: Running, joined: str):
    found = json.loads(running.kubectl("get", "nodes", "--output=json"))["items"]
    ready = {
        each["metadata"]["name"]: condition["status"]
        for each in found
        for condition in each["status"]["conditions"]
        if condition["type"] == "Ready"
    }
    assert ready == {running.facts.context: "True", joined: "True"}


def test_to_join_again_starts_nothing(running: Running, joined: str, capsys: pytest.CaptureFixture[str]):
    before = _pids(running)
    assert second.join(running.spec, print) == joined
    assert _pids(running) == before


def test_pods_of_both_nodes_find_a_server_on_the_second_by_its_name(running: Running, namespace: str):
    for client in ("friend", "stranger"):
        assert eventually(lambda client=client: running.fetch(client, "http://server/", namespace)), client


def test_a_policy_holds_on_either_node(running: Running, namespace: str):
    running.apply(allow(namespace, "friend"))
    assert eventually(lambda: not running.fetch("stranger", "http://server/", namespace)), "forbidden, same node"
    assert running.fetch("friend", "http://server/", namespace), "allowed, from the other node"
    running.apply(allow(namespace, "stranger"))
    assert eventually(lambda: not running.fetch("friend", "http://server/", namespace)), (
        "forbidden, from the other node"
    )
    running.kubectl("delete", "networkpolicy", "server", f"--namespace={namespace}")


def test_logs_of_the_second_nodes_pods_are_read_by_the_api_server(running: Running, namespace: str):
    assert eventually(lambda: running.fetch("friend", "http://server/", namespace))
    assert "GET / HTTP" in running.kubectl("logs", "server", f"--namespace={namespace}")


def test_nothing_is_left_of_it_but_the_first(running: Running):
    second.join(running.spec, print)
    second.leave(running.spec, print)
    assert node.leftovers(running.spec.second) == []
    [found] = json.loads(running.kubectl("get", "nodes", "--output=json"))["items"]
    assert found["metadata"]["name"] == running.facts.context
    assert all(node.status(running.spec).values())


def test_there_is_no_second_without_a_first(tmp_path):
    with pytest.raises(SetupError, match=r"no node to join that answers. To fix: run `make up`"):
        second.join(NodeSpec(name="absent", state=tmp_path / "absent"), print)


def _pids(running: Running) -> set[int]:
    from airgap.node import cgroups

    return {pid for pid, group in cgroups.members(running.spec.second.cgroup).items() if group.startswith("system/")}
