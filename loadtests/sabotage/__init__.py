"""Controls: a run with one part broken on purpose, which the verdict must refuse, and for that part's own reason.

Each is put in force before the load and taken back after it, whatever ends the run. What taking back needs is written
on the ScaledObject before anything is broken: a run that was killed outright leaves that mark, and the next run takes
back by it.
"""

import json
import os
import socket
from typing import Any

from components.card import Card
from loadtests.sabotage.parts import MARK, UNDO, Sabotage
from loadtests.sabotage.replicas import Garbage, SlowStart
from loadtests.sabotage.scaler import PAUSED, PAUSED_REPLICAS, NoScaler, TargetTimesTen, WrongMetric
from loadtests.sabotage.sender import SlowGenerator
from loadtests.target import Refused
from loadtests.verdict import Verdict
from loadtests.watcher import Cluster

SABOTAGES: dict[str, type[Sabotage]] = {
    "no-scaler": NoScaler,
    "wrong-metric": WrongMetric,
    "target-x10": TargetTimesTen,
    "slow-start": SlowStart,
    "garbage": Garbage,
    "slow-generator": SlowGenerator,
}
"""Each names the clause that must fail, `void` where the run must not be judged at all."""

PAUSES = {PAUSED, PAUSED_REPLICAS}


class Control:
    """Breaks a part of one service for the length of a run."""

    def __init__(self, cluster: Cluster, namespace: str, card: Card):
        self.cluster, self.namespace, self.card = cluster, namespace, card
        self.applied = False

    def apply(self, name: str) -> None:
        """Refused where the part is not there to be broken."""
        found = self._scaled_object()
        if found is None:
            raise Refused(
                f"no ScaledObject in {self.namespace} scales {self.card.name}: nothing to sabotage. To fix: make up"
            )
        sabotage = self._sabotage(name)
        undo = json.dumps({"sabotage": name, "before": sabotage.before()})
        self.applied = True  # before the patch: a signal in between must find something to take back
        mark = f"loadtests on {socket.gethostname()} pid {os.getpid()}"
        self.cluster.annotate(self.namespace, found["metadata"]["name"], {MARK: mark, UNDO: undo})
        sabotage.apply()

    def take_back(self) -> None:
        """Puts back what is marked; safe to call twice, and where nothing was broken."""
        found = self._scaled_object() if self.applied else None
        annotations = found["metadata"].get("annotations", {}) if found else {}
        if found and UNDO in annotations:
            undo = json.loads(annotations[UNDO])
            self._sabotage(undo["sabotage"]).take_back(undo["before"])
            self.cluster.annotate(self.namespace, found["metadata"]["name"], {MARK: None, UNDO: None})
        self.applied = False

    def clear_stale(self) -> str | None:
        """Takes back what a killed run left, and says so; refuses where a person paused the scaler."""
        found = self._scaled_object()
        annotations = found["metadata"].get("annotations", {}) if found else {}
        if found and UNDO in annotations:
            self.applied = True
            self.take_back()
            name = json.loads(annotations[UNDO])["sabotage"]
            return f"the sabotage {name} was still there, from {annotations.get(MARK)}; it is taken back"
        if found and PAUSES & annotations.keys():
            name = found["metadata"]["name"]
            raise Refused(
                f"ScaledObject {self.namespace}/{name} is paused, and not by a load test. To fix: "
                f"kubectl annotate scaledobject -n {self.namespace} {name} {PAUSED}- {PAUSED_REPLICAS}-"
            )
        return None

    def _sabotage(self, name: str) -> Sabotage:
        return SABOTAGES[name](self.cluster, self.namespace, self.card)

    def _scaled_object(self) -> dict[str, Any] | None:
        return self.cluster.scaled_object(self.namespace, self.card.name)


def outcome(name: str, verdict: Verdict) -> str:
    """Whether a control failed, and for its own reason."""
    sabotage = SABOTAGES[name]
    if verdict.passed:
        return f"control {name} PASSED, and {sabotage.clause} must fail: the verdict cannot be trusted"
    if sabotage.seen(verdict):
        return f"control {name} failed as it must: {sabotage.clause}"
    return f"control {name} failed, but not for its own reason: {sabotage.clause}"
