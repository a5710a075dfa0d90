"""What stands behind EKS and GKE: it outlives whoever asked for it, comes back with its objects, and goes whole."""

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from airgap.kubernetes_provider.cluster import Cluster
from airgap.kubernetes_provider.kubeconfig import access
from airgap.kubernetes_provider.settings import Settings
from components.cluster.cloud import kubeconfig
from tests.airgap.node.running import eventually
from tests.doubles import aws, gcp, sandbox
from tests.doubles.cloud import Thing
from tests.doubles.clusters import PID, Clusters, end_all, token
from tests.doubles.rows import Row

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]

EKS, ARN = "aws:eks/cluster:Cluster", "arn:aws:eks:eu-west-1:123456789012:cluster/lab"


@dataclass
class Behind:
    place: Path
    thing: Thing

    @property
    def clusters(self) -> Clusters:
        return Clusters(self.place, "aws")

    def start(self) -> Cluster:
        """As a client has it that knows the cluster's outputs alone."""
        made = self.clusters.start(self.thing, aws.ROWS[EKS])
        command = ["cat", str(self.place / "credential.json")]
        text = kubeconfig("lab", "lab", made["endpoint"], made["certificateAuthority"]["data"], command)
        return Cluster(access(Settings(kubeconfig=text)))

    def processes(self) -> list[psutil.Process]:
        """Whatever runs on files of the place."""
        return [each for each in psutil.process_iter() if str(self.place) in " ".join(_words(each))]


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    place = tmp_path_factory.mktemp("rehearsal")
    credential = sandbox.STAND_IN_ANSWER % token(place)
    (place / "credential.json").write_text(credential)
    yield Behind(place, Thing(token=EKS, id="lab", inputs={}, outputs={"arn": ARN}))
    end_all(place)


@pytest.fixture
def cluster(behind: Behind) -> Cluster:
    return behind.start()


def test_a_pod_becomes_ready_on_a_node_that_is_played(cluster: Cluster):
    for body in (NODE, DEPLOYMENT):
        cluster.apply(body, "tests")

    def ready() -> bool:
        status = cluster.get("apps/v1", "Deployment", "default", "sample").get("status", {})
        return status.get("readyReplicas") == 2

    assert eventually(ready, seconds=30)


def test_a_second_start_finds_the_first(behind: Behind, cluster: Cluster):
    before = (behind.clusters.folder("lab") / PID).read_text()
    behind.start()
    assert (behind.clusters.folder("lab") / PID).read_text() == before


def test_a_killed_one_comes_back_with_its_objects_at_its_address(behind: Behind, cluster: Cluster):
    cluster.apply(KEPT, "tests")
    os.kill(int((behind.clusters.folder("lab") / PID).read_text()), signal.SIGKILL)
    assert eventually(lambda: not behind.processes(), seconds=10), "its children end with it"
    again = behind.start()
    assert again.get("v1", "ConfigMap", "default", "kept")["data"] == {"a": "b"}
    assert cluster.get("v1", "ConfigMap", "default", "kept"), "the address of before leads there"


def test_a_wrong_token_is_refused(behind: Behind, cluster: Cluster):
    (behind.place / "credential.json").write_text(sandbox.STAND_IN_ANSWER % "another")
    try:
        with pytest.raises(Exception, match=r"401|Unauthorized"):
            behind.start().get("v1", "Namespace", None, "default")
    finally:
        (behind.place / "credential.json").write_text(sandbox.STAND_IN_ANSWER % token(behind.place))


def test_its_end_leaves_neither_process_nor_file(behind: Behind, cluster: Cluster):
    behind.clusters.stop(behind.thing)
    assert not behind.processes()
    assert not behind.clusters.folder("lab").exists()


@pytest.mark.parametrize("row", [aws.ROWS[EKS], gcp.ROWS["gcp:container/cluster:Cluster"]], ids=["eks", "gke"])
def test_each_clouds_cluster_serves_what_a_kubeconfig_is_made_of(row: Row):
    assert row.serves


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


NODE = {
    "apiVersion": "v1",
    "kind": "Node",
    "metadata": {"name": "played", "annotations": {"kwok.x-k8s.io/node": "fake"}},
    "status": {resource: {"cpu": "8", "memory": "8Gi", "pods": "50"} for resource in ("capacity", "allocatable")},
}
DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "sample", "namespace": "default"},
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"app": "sample"}},
        "template": {
            "metadata": {"labels": {"app": "sample"}},
            "spec": {"containers": [{"name": "main", "image": "images.invalid/sample"}]},
        },
    },
}
KEPT = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "kept", "namespace": "default"},
    "data": {"a": "b"},
}
