"""What a node that runs promises: its addresses answer, it is closed by default, and two of them share nothing."""

import json
import socket
import stat
import subprocess
from pathlib import Path

import httpx
import psutil
import pytest

from airgap import node
from airgap.errors import SetupError
from airgap.node import memory, network
from airgap.node.claims import listeners
from airgap.node.layout import NodeSpec
from tests.airgap.node.running import Running, eventually

pytestmark = [pytest.mark.node, pytest.mark.timeout(180)]


def test_the_node_is_ready_and_metrics_arrive(running: Running):
    [found] = json.loads(running.kubectl("get", "nodes", "--output=json"))["items"]
    assert found["metadata"]["name"] == running.facts.context
    assert eventually(lambda: running.kubectl("top", "nodes", check=False) != "", seconds=60)


def test_host_ports_listen_on_loopback_alone(running: Running):
    wanted = set(running.layout.ports.numbers().values())
    found = [c for c in psutil.net_connections("inet") if c.status == psutil.CONN_LISTEN and c.laddr[1] in wanted]
    assert {c.laddr[1] for c in found} == wanted
    assert {c.laddr[0] for c in found} == {"127.0.0.1"}


def test_strangers_get_health_and_nothing_else(running: Running):
    with httpx.Client(base_url=running.layout.server, verify=False, trust_env=False) as stranger:
        assert stranger.get("/readyz").status_code == 200
        assert stranger.get("/api/v1/namespaces").status_code == 401
        assert stranger.get("/version").status_code == 401
    with httpx.Client(base_url=f"https://{running.layout.address}:10250", verify=False, trust_env=False) as kubelet:
        assert kubelet.get("/pods").status_code == 401


def test_etcd_refuses_whoever_has_no_certificate(running: Running):
    def ask() -> None:
        with httpx.Client(verify=False, trust_env=False) as stranger:
            stranger.get("https://127.0.0.1:2379/version")

    with pytest.raises(httpx.HTTPError):
        network.within(running.layout, ask)


def test_secrets_are_sealed_in_etcd(running: Running):
    canary = "a-canary-that-must-not-be-found"
    running.kubectl("create", "secret", "generic", "canary", f"--from-literal=a={canary}")
    running.kubectl("create", "configmap", "canary", f"--from-literal=a=open-{canary}")
    files = [path for path in (running.layout.data / "etcd").rglob("*") if path.is_file()]
    content = b"".join(path.read_bytes() for path in files)
    assert f"open-{canary}".encode() in content
    assert content.replace(f"open-{canary}".encode(), b"").count(canary.encode()) == 0
    running.kubectl("delete", "secret/canary", "configmap/canary")


def test_a_privileged_pod_is_refused(running: Running):
    pod = running.pod("privileged", "-c", "pass")
    pod["spec"]["containers"][0]["securityContext"] = {"privileged": True}
    del pod["spec"]["securityContext"]
    with pytest.raises(AssertionError, match=r"violates PodSecurity|[Pp]rivileged"):
        running.apply(pod)


def test_only_root_reads_keys_and_settings(running: Running):
    for folder in (running.layout.pki, running.layout.config):
        for path in folder.rglob("*"):
            assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_the_host_has_none_of_its_mounts_or_settings(running: Running):
    pods = [path.name for path in (running.layout.data / "kubelet" / "pods").iterdir()]
    assert pods, "pods have volumes"
    assert str(running.layout.data) not in Path("/proc/self/mountinfo").read_text()
    assert not [pod for pod in pods if Path("/var/lib/kubelet/pods", pod).exists()]
    assert not any(Path("/var/log/containers").iterdir())


def test_memory_is_told_by_process_and_pod(running: Running):
    found = memory.measure(running.layout)
    assert set(running.pids()) <= set(found.processes)
    assert any(name.startswith("kube-system/coredns") for name in found.pods)
    assert all(size > 0 for size in found.processes.values())
    assert 200 << 20 < found.platform < 1 << 30


def test_two_nodes_run_at_once_and_share_nothing(running: Running, neighbour: Running):
    assert not set(running.layout.ports.numbers().values()) & set(neighbour.layout.ports.numbers().values())
    assert running.facts.pod_cidr != neighbour.facts.pod_cidr
    for one, name in ((running, "east"), (neighbour, "west")):
        one.kubectl("create", "configmap", name)
        assert [name] == [n for n in ("east", "west") if n in one.kubectl("get", "configmaps", "--output=name")]
    assert all(node.status(running.spec).values())
    assert all(node.status(neighbour.spec).values())


def test_stop_leaves_nothing_and_the_neighbour_goes_on(running: Running, neighbour: Running):
    pids = running.pids()
    assert node.leftovers(neighbour.spec)
    node.stop(neighbour.spec, print)
    assert node.leftovers(neighbour.spec, neighbour.layout) == []
    assert node.status(neighbour.spec) == {}
    assert running.pids() == pids
    assert "coredns" in running.kubectl("get", "pods", "--namespace=kube-system")
    assert node.ensure(running.spec, print) == running.facts


def test_a_port_that_somebody_took_is_named_with_its_holder(tmp_path: Path):
    spec = NodeSpec(name="test-taken", state=tmp_path / "node")
    facts = node.ensure(spec, print)
    try:
        port = int(facts.registry.rpartition(":")[2])
        holder = listeners()[port]
        assert holder
        psutil.Process(holder).kill()
        with socket.socket() as thief:
            assert eventually(lambda: thief.connect_ex(("127.0.0.1", port)) != 0)
        told = rf"ports.registry: 127.0.0.1:{port} is taken by .+ To fix: "
        with socket.create_server(("127.0.0.1", port)), pytest.raises(SetupError, match=told):
            node.ensure(spec, print)
        assert node.ensure(spec, print) == facts
    finally:
        node.stop(spec, print)
    mounts = subprocess.run(["mount"], capture_output=True, text=True, check=True).stdout
    assert spec.id not in mounts
