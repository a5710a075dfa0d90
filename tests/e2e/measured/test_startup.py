"""From a pod's place on the node to its first answer, the image being there."""

import copy
import statistics
import time
from typing import Any

import httpx

from tests.e2e.checkout import Checkout
from tests.e2e.cluster import Cluster
from tests.e2e.counts import START_IDLE_S, count

NAMESPACE = "models"
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
LIMIT_S = 60


def test_a_replica_with_a_whole_core_answers_in_time(checkout: Checkout, cluster: Cluster):
    times = [start(cluster, number) for number in range(count("starts"))]
    print("\nscheduled to first 200: " + ", ".join(f"{seconds:.1f} s" for seconds in times))
    assert statistics.median(times) <= START_IDLE_S


def start(cluster: Cluster, number: int) -> float:
    """One pod like those of the Deployment, with one CPU; seconds from scheduled to its first vector."""
    name = f"start-{number}"
    cluster.post(PODS, a_pod(cluster, name))
    try:
        wait(lambda: cluster.get(f"{PODS}/{name}")["spec"].get("nodeName"))
        begin = time.monotonic()
        # Through the API server: to it alone.
        wait(lambda: answers(cluster, f"{PODS}/{name}:3000/proxy/encode"))
        return time.monotonic() - begin
    finally:
        cluster.delete(f"{PODS}/{name}?gracePeriodSeconds=0")


def a_pod(cluster: Cluster, name: str) -> dict[str, Any]:
    template = cluster.get(f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/embedder")["spec"]["template"]
    spec = copy.deepcopy(template["spec"])
    spec["containers"][0]["resources"]["limits"]["cpu"] = "1"
    # Called as the service's, since nobody else may run its image. The Deployment does not take it for a replica: its
    # own have a hash besides.
    return {"metadata": {"name": name, "labels": {"app.kubernetes.io/name": "embedder"}}, "spec": spec}


def answers(cluster: Cluster, path: str) -> bool:
    try:
        return len(cluster.post(path, {"texts": ["a first text"]})) == 1
    except httpx.HTTPError:
        return False


def wait(condition: Any) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline, f"waited {LIMIT_S} s"
        time.sleep(0.05)
