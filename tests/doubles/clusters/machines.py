"""Node objects, as the kubelets of machines that a cloud gave would register them; kwok keeps them ready."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

from airgap.kubernetes_provider.cluster import Object
from tests.doubles.aws import ec2
from tests.doubles.clusters.stage import Stage

POOL = "karpenter.sh/nodepool"
FAKE = {"kwok.x-k8s.io/node": "fake"}

COUNT = 2
"""Of a pool: enough that a deployment spreads, and a zone can be lost."""
CAPACITY = {"cpu": "8", "memory": "32Gi", "pods": "58", "ephemeral-storage": "80Gi"}
ALLOCATABLE = {"cpu": "7910m", "memory": "30Gi", "pods": "58", "ephemeral-storage": "72Gi"}
"""Of an m6i.2xlarge, about; what a kubelet keeps for itself is not to be had."""

TYPES = {"amd64": "6i.2xlarge", "arm64": "6g.2xlarge"}
"""Behind the letter of the category."""
DEFAULTS = {"kubernetes.io/arch": "amd64", "karpenter.sh/capacity-type": "on-demand", "category": "m"}


def of_pool(stage: Stage, pool: Object) -> None:
    """Those that its requirements ask for are there; what they no longer ask for goes."""
    wanted = {each["metadata"]["name"]: each for each in _machines(stage, pool)}
    mine = {
        each["metadata"]["name"]: each for each in stage.all("v1", "Node") if _pool(each) == pool["metadata"]["name"]
    }
    for name in wanted.keys() - mine.keys():
        stage.make(wanted[name])
    for name in mine.keys() - wanted.keys():
        stage.remove(mine[name])


def without_pool(stage: Stage, pools: Iterable[str]) -> None:
    """Nodes go with their pool."""
    for each in stage.all("v1", "Node"):
        if _pool(each) and _pool(each) not in pools:
            stage.remove(each)


def autopilot(stage: Stage) -> None:
    """Autopilot buys nodes as pods come; here they are there at once."""
    there = {each["metadata"]["name"] for each in stage.all("v1", "Node")}
    region = stage.where.region
    for index, letter in zip(range(COUNT), "bc", strict=True):
        mark = hashlib.sha256(f"{stage.where.cluster}{region}{index}".encode()).hexdigest()
        labels = {
            "cloud.google.com/gke-provisioning": "standard",
            "cloud.google.com/gke-nodepool": "pool-1",
            "node.kubernetes.io/instance-type": "ek-standard-8",
            "topology.kubernetes.io/zone": f"{region}-{letter}",
            "topology.kubernetes.io/region": region,
        }
        if (name := f"gk3-pool-1-{mark[:8]}-{mark[8:12]}") not in there:
            stage.make(_node(name, "amd64", labels))


def _machines(stage: Stage, pool: Object) -> Iterator[Object]:
    template = pool["spec"]["template"]
    asked = {each["key"]: each["values"][0] for each in template["spec"]["requirements"] if each["operator"] == "In"}
    architecture = asked.get("kubernetes.io/arch", DEFAULTS["kubernetes.io/arch"])
    category = asked.get("eks.amazonaws.com/instance-category", DEFAULTS["category"])
    zones = _zones(stage, template["spec"]["requirements"])
    labels = {
        **(template.get("metadata") or {}).get("labels", {}),
        POOL: pool["metadata"]["name"],
        "karpenter.sh/capacity-type": asked.get("karpenter.sh/capacity-type", DEFAULTS["karpenter.sh/capacity-type"]),
        "eks.amazonaws.com/compute-type": "auto",
        "node.kubernetes.io/instance-type": f"{category}{TYPES[architecture]}",
        "topology.kubernetes.io/region": stage.where.region,
    }
    for index in range(_affordable(pool["spec"].get("limits") or {}) if zones else 0):
        zone = zones[index % len(zones)]
        mark = hashlib.sha256(f"{pool['metadata']['uid']}{index}{sorted(labels.items())}{zone}".encode()).hexdigest()
        node = _node(f"i-{mark[:17]}", architecture, {**labels, "topology.kubernetes.io/zone": zone})
        yield {**node, "spec": {"providerID": f"aws:///{zone}/i-{mark[:17]}", "taints": _taints(template["spec"])}}


def _node(name: str, architecture: str, labels: dict[str, str]) -> Object:
    system = {"kubernetes.io/arch": architecture, "kubernetes.io/os": "linux", "kubernetes.io/hostname": name}
    info = {"architecture": architecture, "operatingSystem": "linux"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {**labels, **system}, "annotations": FAKE},
        "status": {"capacity": CAPACITY, "allocatable": ALLOCATABLE, "nodeInfo": _info(info)},
    }


def _info(known: dict[str, str]) -> dict[str, str]:
    """A node must say all of these; kwok fills in what is empty."""
    names = "machineID systemUUID bootID kernelVersion osImage containerRuntimeVersion kubeletVersion kubeProxyVersion"
    return {**dict.fromkeys(names.split(), ""), **known}


def _zones(stage: Stage, requirements: list[dict[str, Any]]) -> list[str]:
    """Of the subnets, less those that the pool rules out."""
    found = sorted({each.inputs["availabilityZone"] for each in stage.where.store.things(ec2.SUBNET)})
    for each in requirements:
        if each["key"] == "topology.kubernetes.io/zone":
            kept = each["operator"] == "In"
            found = [zone for zone in found if (zone in each["values"]) == kept]
    return found


def _taints(spec: dict[str, Any]) -> list[dict[str, str]]:
    return [*spec.get("taints", []), *spec.get("startupTaints", [])]


def _affordable(limits: dict[str, Any]) -> int:
    """How many stay within the pool's limits."""
    most = [_quantity(value) // _quantity(CAPACITY[key]) for key, value in limits.items() if key in CAPACITY]
    return int(min([COUNT, *most]))


def _quantity(text: Any) -> float:
    """Of the forms that limits are written in: 64, 500m, 256Gi."""
    number = str(text)
    for suffix, factor in UNITS.items():
        if number.endswith(suffix):
            return float(number.removesuffix(suffix)) * factor
    return float(number)


UNITS = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}


def _pool(node: Object) -> str:
    return (node["metadata"].get("labels") or {}).get(POOL, "")
