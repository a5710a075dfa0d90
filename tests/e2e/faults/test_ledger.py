"""Requests of 10 s outlive what is done to their replicas: none is lost, and none is done twice."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.e2e.checkout import Checkout, Result
from tests.e2e.cluster import Cluster
from tests.e2e.sleeping import sleeper
from tests.e2e.steady import Steady
from tests.e2e.waiting import until

BODY = {"seconds": 10}
FULL_RPS, LOW_RPS = 2.0, 0.5
"""What three replicas carry, and one."""
DEPLOYMENT = "/apis/apps/v1/namespaces/models/deployments/sleeper"


@pytest.fixture(scope="module")
def outputs(checkout: Checkout, up: Result) -> Iterator[dict[str, Any]]:
    with sleeper(checkout) as found:
        yield found


@pytest.fixture
def load(outputs: dict[str, Any]) -> Callable[[float], Steady]:
    """Starts a load of so many requests a second."""
    service, platform = outputs["services"]["sleeper"], outputs["platform"]
    return lambda rate: Steady(service, platform, "/sleep", BODY, rate)


@pytest.fixture
def second(checkout: Checkout, outputs: dict[str, Any]) -> Iterator[str]:
    """The name of a second node."""
    yield checkout.shell("python -m airgap.node join").ok().stdout.strip()
    checkout.shell("python -m airgap.node leave").ok()


def replicas(cluster: Cluster) -> set[str]:
    """Names of the pods that are ready and stay."""
    found = set()
    for pod in cluster.pods("models"):
        ready = any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", []))
        if ready and pod["metadata"]["labels"]["app.kubernetes.io/name"] == "sleeper":
            found.add(pod["metadata"]["name"])
    return found


def busy_when_told(
    steady: Steady, cluster: Cluster, known: set[str], done: Callable[[set[str]], bool], limit_s: float
) -> dict[str, int]:
    """Waits until `done` of those that stay; requests in flight in each replica when it was first seen to leave."""
    seen: dict[str, int] = {}

    def look() -> bool:
        nonlocal known
        now = replicas(cluster)
        for pod in known - now:
            seen.setdefault(pod, steady.in_flight()[pod])
        known = now
        return done(now)  # of the same look: between two the last may leave unseen

    until(look, limit_s)
    return seen


def judged(what: str, steady: Steady, leaving: dict[str, int]) -> None:
    tally = steady.tally
    print(f"\n{what}: {tally}, {len(steady.lost)} lost; in flight in those that left: {leaving}")
    assert steady.lost == []
    assert (tally.orphans, tally.doubled, tally.unknown) == (0, 0, 0)
    assert tally.answered >= 10
    assert sum(leaving.values()) > 0, "no replica had anything to lose"


def test_a_scale_down(cluster: Cluster, load: Callable[[float], Steady]):
    with load(FULL_RPS) as steady:
        until(lambda: len(replicas(cluster)) == 3, 120)
        steady.rate = LOW_RPS
        leaving = busy_when_told(steady, cluster, replicas(cluster), lambda now: len(now) == 1, 180)
        time.sleep(20)  # those that leave have answered, or never will
    judged("scale-down", steady, leaving)


def test_a_rollout(cluster: Cluster, load: Callable[[float], Steady]):
    with load(LOW_RPS) as steady:
        time.sleep(12)
        old = replicas(cluster)
        stamp = {"spec": {"template": {"metadata": {"annotations": {"tests/rolled": "1"}}}}}
        cluster.patch(DEPLOYMENT, stamp)
        leaving = busy_when_told(steady, cluster, old, lambda now: not old & now, 120)
        time.sleep(20)
    judged("rollout", steady, leaving)


def test_a_node_drain(cluster: Cluster, load: Callable[[float], Steady], second: str):
    with load(FULL_RPS) as steady:
        until(lambda: len(replicas(cluster)) == 3 and on(cluster, second), 120)
        time.sleep(12)
        there = on(cluster, second)
        leaving = drain(steady, cluster, second)
        assert replicas(cluster) and not on(cluster, second)
        time.sleep(25)
    judged("drain", steady, leaving)
    assert leaving.keys() == there


def on(cluster: Cluster, node: str) -> set[str]:
    """Replicas on a node."""
    staying = {pod["metadata"]["name"] for pod in cluster.pods("models") if pod["spec"].get("nodeName") == node}
    return replicas(cluster) & staying


def drain(steady: Steady, cluster: Cluster, node: str) -> dict[str, int]:
    """What `kubectl drain` does, a replica at a time, as the disruption budget lets it: cordon, then evict."""
    cluster.patch(f"/api/v1/nodes/{node}", {"spec": {"unschedulable": True}})
    leaving: dict[str, int] = {}
    for pod in sorted(on(cluster, node)):
        until(lambda: len(replicas(cluster)) >= 3, 120)
        evict = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": "models"}}
        cluster.post(f"/api/v1/namespaces/models/pods/{pod}/eviction", evict)
        leaving |= busy_when_told(steady, cluster, {pod}, lambda now, pod=pod: pod not in now, 60)
    return leaving
