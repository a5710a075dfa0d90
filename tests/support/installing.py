"""Puts what others stand on into a real API server, and waits until it serves the new kinds."""

import time
from collections.abc import Iterable
from typing import Any

from airgap.kubernetes_provider.cluster import Cluster

FIRST = ("Namespace", "CustomResourceDefinition")
ESTABLISHED_S = 60


def install_bases(cluster: Cluster, objects: Iterable[dict[str, Any]]) -> None:
    """The namespaces and CRDs among the objects."""
    bases = [each for each in objects if each["kind"] in FIRST]
    for each in bases:
        cluster.apply(each, "tests")
    deadline = time.monotonic() + ESTABLISHED_S
    for each in bases:
        while each["kind"] == "CustomResourceDefinition" and not _established(cluster, each):
            assert time.monotonic() < deadline, f"{each['metadata']['name']} is not served"
            time.sleep(0.2)


def _established(cluster: Cluster, crd: dict[str, Any]) -> bool:
    live = cluster.get(crd["apiVersion"], crd["kind"], None, crd["metadata"]["name"])
    conditions = {each["type"]: each["status"] for each in live.get("status", {}).get("conditions") or []}
    return conditions.get("Established") == "True"
