"""kind, as far as it can be judged without docker: the commands, in order, and what they are given."""

import subprocess
from collections.abc import Sequence

import pytest
import yaml

from components.addons.versions import supports
from components.cluster import kind
from components.cluster.kind import Kind
from components.validation import InvalidInput


class Recorded:
    """Answers like a machine where nothing stands yet."""

    def __init__(self, clusters: str = "", fails: str = ""):
        self.commands: list[tuple[list[str], str]] = []
        self.clusters, self.fails = clusters, fails

    def __call__(self, command: Sequence[str], text: str) -> str:
        self.commands.append((list(command), text))
        if self.fails and self.fails in command:
            raise subprocess.CalledProcessError(1, list(command), stderr="port is already allocated\n")
        if command[:3] == ["kind", "get", "clusters"]:
            return self.clusters
        return "a kubeconfig" if command[:3] == ["kind", "get", "kubeconfig"] else ""

    def verbs(self) -> list[str]:
        return [" ".join(command[:3]) for command, _ in self.commands]


def test_a_registry_comes_first_and_every_node_learns_of_it():
    machine = Recorded()
    Kind("tradewind-lab", machine).create()
    assert machine.verbs() == [
        "docker ps -a",
        "docker run -d",
        "kind create cluster",
        "docker network connect",
        "docker exec -i",
    ]
    assert machine.commands[-1][1] == '[host."http://tradewind-lab-registry:5000"]\n'


def test_host_ports_open_on_loopback_only():
    config = yaml.safe_load(Kind("tradewind-lab", Recorded()).config())
    mappings = config["nodes"][0]["extraPortMappings"]
    assert {each["containerPort"] for each in mappings} == {kind.ENTRY_NODE_PORT, kind.PROMETHEUS_NODE_PORT}
    assert {each["listenAddress"] for each in mappings} == {"127.0.0.1"}


def test_a_cluster_that_stands_is_used():
    machine = Recorded(clusters="other\ntradewind-lab\n")
    Kind("tradewind-lab", machine).kubeconfig(dry_run=False)
    assert machine.verbs() == ["kind get clusters", "kind get kubeconfig"]


def test_a_preview_creates_nothing():
    machine = Recorded()
    Kind("tradewind-lab", machine).kubeconfig(dry_run=True)
    assert machine.verbs() == ["kind get clusters"]


def test_a_command_that_fails_is_quoted_with_the_fix():
    with pytest.raises(InvalidInput, match=r"kind: `docker run .*` failed: port is already allocated\. To fix: "):
        Kind("tradewind-lab", Recorded(fails="run")).create()


def test_kind_is_not_chosen_without_docker(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert not kind.usable()


def test_the_nodes_version_is_one_that_the_entry_supports():
    assert supports(kind.NODE_IMAGE.partition(":")[2])
