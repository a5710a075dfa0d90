"""A killed process of the node comes back by `make up`, and nothing else is made anew."""

import os
import signal
from pathlib import Path

import psutil
import pytest

from tests.e2e.checkout import Checkout, Result
from tests.e2e.cluster import Cluster
from tests.e2e.counts import count
from tests.e2e.traffic import Traffic

NODE_PROCESSES = [
    "etcd", "containerd", "kube-apiserver", "kubelet", "kube-proxy", "kube-controller-manager", "kube-scheduler",
    "docker-registry", "netpol", "forward",
]  # fmt: skip


def processes(checkout: Checkout) -> dict[str, int]:
    """Pids of the node's own processes by name, as each carries it in its environment."""
    found = {}
    for process in psutil.process_iter(["environ", "cmdline"]):
        tag = (process.info["environ"] or {}).get("TRADEWIND_PROCESS", "")
        name = tag.partition("/")[2].partition("@")[0]
        # Children inherit the environment.
        if tag.startswith(f"{checkout.id}/") and any(Path(word).name == name for word in process.info["cmdline"][:2]):
            found[name] = process.pid
    return found


def test_the_list_of_processes_is_the_nodes(checkout: Checkout, up: Result):
    assert set(processes(checkout)) == set(NODE_PROCESSES)


@pytest.mark.parametrize("name", NODE_PROCESSES[: count("killed_node_processes")])
def test_a_killed_process_comes_back_and_nothing_is_made_anew(
    checkout: Checkout, up: Result, cluster: Cluster, name: str
):
    before = cluster.uids()
    pid = processes(checkout)[name]
    os.kill(pid, signal.SIGKILL)
    checkout.make("up").ok()
    after = processes(checkout)
    assert set(after) == set(NODE_PROCESSES)
    assert after[name] != pid
    assert cluster.uids() == before
    with Traffic(checkout.outputs()["services"]["embedder"]["url"]) as traffic:
        traffic.until_heard()
    assert traffic.lost == []
