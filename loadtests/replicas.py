"""New replicas from order to first answer, stage by stage, each when the API server told of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loadtests.ledger import Request

STAGES = ("asked", "created", "scheduled", "started", "ready", "answered")
"""asked: the scaler raised desired; started: the container runs; answered: the first 200 of this pod has arrived."""

RACE_S = 0.5
"""Two streams tell of the Deployment and of its pods: a pod may be heard of before the order that made it."""


@dataclass(frozen=True, kw_only=True)
class Replica:
    """A pod that was made during the run. Seconds of the run; None: it never came so far, or nobody saw it."""

    pod: str
    asked: float | None = None
    created: float | None = None
    scheduled: float | None = None
    started: float | None = None
    ready: float | None = None
    answered: float | None = None

    @property
    def moments(self) -> list[tuple[str, float]]:
        """The stages that it came to, in their order."""
        found = [(stage, getattr(self, stage)) for stage in STAGES]
        return [(stage, at) for stage, at in found if at is not None]


class Diary:
    """Notes each change of a Deployment and of its pods at the moment at which it is told."""

    def __init__(self) -> None:
        self.orders: list[tuple[float, int]] = []
        """When desired was raised, and to what."""
        self._desired: int | None = None
        self._pods: dict[str, dict[str, float]] = {}
        self._earlier: set[str] = set()

    def deployment(self, at: float, found: Mapping[str, Any]) -> None:
        desired = found["spec"].get("replicas", 1)
        if self._desired is not None and desired > self._desired:
            self.orders.append((at, desired))
        self._desired = desired

    def pod(self, at: float, found: Mapping[str, Any]) -> None:
        """Of a pod that is heard of for the first time when it serves or leaves already, nothing is known."""
        name, stages = found["metadata"]["name"], _stages(found)
        if name not in self._pods and ("ready" in stages or "deletionTimestamp" in found["metadata"]):
            self._earlier.add(name)
        if name not in self._earlier:
            seen = self._pods.setdefault(name, {})
            for stage in stages:
                seen.setdefault(stage, at)

    def replicas(self, requests: Iterable[Request]) -> list[Replica]:
        """In the order in which they were made."""
        answered: dict[str, float] = {}
        for each in requests:
            if each.ok and each.answered is not None:
                answered[each.pod] = min(each.answered, answered.get(each.pod, each.answered))
        found = [
            Replica(pod=pod, asked=_order(self.orders, seen["created"]), answered=answered.get(pod), **seen)
            for pod, seen in self._pods.items()
        ]
        return sorted(found, key=lambda each: each.created or 0.0)


def _stages(pod: Mapping[str, Any]) -> list[str]:
    status = pod.get("status", {})
    true = {each["type"] for each in status.get("conditions", ()) if each["status"] == "True"}
    runs = any("running" in each.get("state", {}) for each in status.get("containerStatuses", ()))
    reached = {"scheduled": "PodScheduled" in true, "started": runs, "ready": "Ready" in true}
    return ["created", *(stage for stage, there in reached.items() if there)]


def _order(orders: Sequence[tuple[float, int]], created: float) -> float | None:
    """The last order before a pod was made."""
    before = [at for at, _ in orders if at <= created + RACE_S]
    return min(before[-1], created) if before else None
