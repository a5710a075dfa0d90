"""A node heals: what is dead comes back, and what lives is left alone."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from airgap import node
from airgap.node import cgroups, namespaces, network, supervision
from airgap.node.processes import PROCESSES
from tests.airgap.node.running import Running, eventually

pytestmark = [pytest.mark.node, pytest.mark.timeout(300)]

NAMES = [process.name for process in PROCESSES]


def containers(running: Running) -> dict[int, str]:
    """Every process of a pod."""
    return {pid: group for pid, group in cgroups.members(running.layout.cgroup).items() if "kubepods" in group}


@pytest.fixture(autouse=True, scope="module")
def _settled(running: Running) -> None:
    """The node's own pods run: what starts late is not taken for what restarts."""
    for name in ("coredns", "metrics-server"):
        running.kubectl("rollout", "status", f"deployment/{name}", "--namespace=kube-system", "--timeout=90s")


@pytest.mark.parametrize("name", NAMES)
def test_a_killed_process_comes_back_and_the_others_keep_their_pids(running: Running, name: str):
    before, pods = running.pids(), containers(running)
    os.kill(before[name], signal.SIGKILL)
    assert eventually(lambda: not node.status(running.spec)[name], seconds=5)
    assert node.ensure(running.spec, print) == running.facts
    after = running.pids()
    assert after.pop(name) != before.pop(name)
    assert after == before
    assert containers(running) == pods, "no container is restarted"


def test_a_child_of_a_process_is_not_taken_for_it(running: Running):
    before = running.pids()
    mark = supervision.find(running.layout)["kube-proxy"][1]
    born = "; ".join(f"echo $$ > {file}" for file in cgroups.create(running.layout.cgroup, "kube-proxy"))
    child = subprocess.Popen(["sh", "-c", f"{born}; exec sleep 60"], env={**os.environ, supervision.TAG: mark})
    try:
        assert eventually(lambda: child.pid in cgroups.members(running.layout.cgroup))
        assert running.pids() == before
    finally:
        child.kill()
        child.wait()


def test_what_was_killed_is_waited_for(running: Running, tmp_path: Path):
    """Much memory takes long to free, and the sockets are closed only then."""
    address = tmp_path / "socket"
    program = f"import socket; s = socket.socket(socket.AF_UNIX); s.bind('{address}'); s.listen(); "
    program += "kept = b'1' * (1 << 30); print(flush=True); s.accept()"
    born = "; ".join(f"echo $$ > {file}" for file in cgroups.create(running.layout.cgroup, "kube-proxy"))
    child = subprocess.Popen(["sh", "-c", f'{born}; exec {sys.executable} -c "$1"', "sh", program], stdout=-1)
    assert child.stdout and child.stdout.readline()
    child.kill()
    supervision.bury(running.layout)
    with socket.socket(socket.AF_UNIX) as probe:
        assert probe.connect_ex(str(address)), "nothing accepts any more"
    child.wait()


def test_a_second_ensure_starts_nothing_and_takes_a_moment(running: Running):
    before, begin = running.pids(), time.monotonic()
    assert node.ensure(running.spec, print) == running.facts
    assert running.pids() == before
    assert time.monotonic() - begin < 5


def test_all_processes_killed_at_once_come_back_and_the_pods_live_on(running: Running):
    pods = containers(running)
    for pid in running.pids().values():
        os.kill(pid, signal.SIGKILL)
    assert node.ensure(running.spec, print) == running.facts
    assert all(node.status(running.spec).values())
    assert containers(running) == pods


def test_a_node_whose_everything_was_killed_comes_back_with_its_data(running: Running):
    running.kubectl("create", "configmap", "kept", "--from-literal=a=b")
    cgroups.kill(running.layout.cgroup)
    assert node.ensure(running.spec, print) == running.facts
    assert running.kubectl("get", "configmap", "kept", "--output=jsonpath={.data.a}") == "b"
    running.kubectl("delete", "configmap", "kept")


def test_after_a_reboot_the_same_node_is_there_at_the_same_ports(running: Running):
    cgroups.kill(running.layout.cgroup)
    namespaces.remove(running.spec)
    cgroups.remove(running.layout.cgroup)
    shutil.rmtree(running.layout.run)
    assert node.ensure(running.spec, print) == running.facts
    assert eventually(lambda: "Running" in running.kubectl("get", "pods", "--namespace=kube-system"), seconds=60)


def test_a_half_made_namespace_is_made_anew(running: Running):
    subprocess.run(["umount", "--lazy", str(running.layout.network_namespace)], check=True)
    assert node.ensure(running.spec, print) == running.facts


def test_a_folder_that_was_unmounted_inside_is_bound_again(running: Running):
    prefix = namespaces.enter(running.layout)
    subprocess.run([*prefix, "umount", "--lazy", "/var/lib/kubelet"], check=True)
    assert node.ensure(running.spec, print) == running.facts
    assert Path("/var/lib/kubelet") in namespaces.mount_points(prefix)


def test_a_lost_link_is_laid_again_and_nothing_restarts(running: Running):
    before = running.pids()
    network.remove(running.spec)
    assert node.ensure(running.spec, print) == running.facts
    assert running.pids() == before
