"""A service held at so many replicas: its scaler paused, and put back whatever happens."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from components import naming
from components.card import Card
from loadtests.preflight import await_service
from loadtests.progress import say
from loadtests.sabotage import Control
from loadtests.target import Refused, Target
from loadtests.watcher import TIMEOUT_S, Cluster

READY_S = 180
"""Until all replicas are ready, and those too many gone."""
ENTRY_S = 30
"""Until the entry has heard of replicas where there were none."""


class Held:
    """Takes any number of replicas, one after another."""

    def __init__(self, cluster: Cluster, target: Target):
        self.cluster, self.target = cluster, target

    def at(self, replicas: int) -> list[dict[str, Any]]:
        """Returns the pods, once so many are ready and no other is left."""
        namespace, name = self.target.namespace, self.target.service
        self.cluster.apps.patch_namespaced_deployment_scale(
            name, namespace, {"spec": {"replicas": replicas}}, _request_timeout=TIMEOUT_S
        )
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            pods = self.pods()
            if len(pods) == replicas and all(_conditions(pod).get("Ready") for pod in pods):
                return pods
            time.sleep(0.5)
        raise Refused(
            f"{namespace}/{name} has not {replicas} ready replicas within {READY_S} s. "
            f"To fix: see kubectl get pods -n {namespace}"
        )

    def fresh(self, replicas: int) -> None:
        """So many that were not there. When its quotas' periods begin is a pod's luck, for life (planning/quota.py)."""
        self.at(0)
        self.at(replicas)
        deadline = time.monotonic() + ENTRY_S
        while True:
            try:
                return await_service(self.target)
            except Refused:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.5)

    def pods(self) -> list[dict[str, Any]]:
        """As the API server has them, those that are ending included."""
        labels = ",".join(f"{key}={value}" for key, value in naming.selector(self.target.service).items())
        answer: Any = self.cluster.core.list_namespaced_pod(
            self.target.namespace, label_selector=labels, _preload_content=False, _request_timeout=TIMEOUT_S
        )
        return json.loads(answer.data)["items"]

    def start_s(self, replicas: int, rounds: int) -> list[float]:
        """Seconds from scheduled to ready of each replica beyond the first, to the second, as Kubernetes keeps it."""
        found = []
        for _ in range(rounds):
            old = {pod["metadata"]["uid"] for pod in self.at(1)}
            fresh = [_conditions(pod) for pod in self.at(replicas) if pod["metadata"]["uid"] not in old]
            found += [(each["Ready"] - each["PodScheduled"]).total_seconds() for each in fresh]
        self.at(1)
        return found


@contextmanager
def held(cluster: Cluster, target: Target, card: Card) -> Iterator[Held]:
    """Pauses the scaler for the block; afterwards the service is at its min, and scales again."""
    scaler = Control(cluster, target.namespace, card)
    if cleared := scaler.clear_stale():
        say(cleared)
    service = Held(cluster, target)
    try:
        scaler.apply("no-scaler")
        yield service
    finally:
        service.at(target.minimum)
        scaler.take_back()


def _conditions(pod: dict[str, Any]) -> dict[str, datetime]:
    """When each condition that is true became so."""
    found = pod.get("status", {}).get("conditions", [])
    return {
        each["type"]: datetime.fromisoformat(each["lastTransitionTime"]) for each in found if each["status"] == "True"
    }
