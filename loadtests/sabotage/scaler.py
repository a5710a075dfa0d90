"""Controls: a run with one part broken on purpose, which the verdict must refuse.

Each is put in force before the load and taken back after it, whatever ends the run. A run that was killed outright
leaves its mark on the object; the next run finds it and takes it back first.
"""

import os
import socket
import time
from typing import Any

from loadtests.target import Refused
from loadtests.watcher import Cluster

PAUSED = "autoscaling.keda.sh/paused"
PAUSED_REPLICAS = "autoscaling.keda.sh/paused-replicas"
MARK = "tradewind.dev/paused-by"
"""Tells our own pause from one that a person set."""

TAKEN_S = 30
"""Until KEDA's operator has seen a pause or its end; it reconciles within a second or two."""


class NoScaler:
    """Pauses KEDA for one Deployment: it removes the autoscaler, and the replicas stay as they are."""

    def __init__(self, cluster: Cluster, namespace: str, deployment: str):
        self.cluster, self.namespace, self.deployment = cluster, namespace, deployment
        self.applied = False

    def apply(self) -> None:
        found = self._found()
        if found is None:
            raise Refused(
                f"no ScaledObject in {self.namespace} scales {self.deployment}: nothing to pause. To fix: make up"
            )
        self.applied = True  # before the patch: a signal in between must find something to take back
        mark = f"loadtests on {socket.gethostname()} pid {os.getpid()}"
        self.cluster.annotate(self.namespace, found["metadata"]["name"], {PAUSED: "true", MARK: mark})
        self._wait(paused=True)

    def take_back(self) -> None:
        """Ends our pause; safe to call twice, and where nothing was paused."""
        found = self._found() if self.applied else None
        if found is not None:
            self.cluster.annotate(self.namespace, found["metadata"]["name"], {PAUSED: None, MARK: None})
            self._wait(paused=False)
        self.applied = False

    def clear_stale(self) -> str | None:
        """Takes back what a killed run left, and says so; refuses where a person paused the scaler."""
        found = self._found()
        annotations = found["metadata"].get("annotations", {}) if found else {}
        if found is None or not ({PAUSED, PAUSED_REPLICAS, MARK} & annotations.keys()):
            return None
        name = found["metadata"]["name"]
        if MARK not in annotations:
            raise Refused(
                f"ScaledObject {self.namespace}/{name} is paused, and not by a load test. To fix: "
                f"kubectl annotate scaledobject -n {self.namespace} {name} {PAUSED}- {PAUSED_REPLICAS}-"
            )
        self.applied = True
        self.take_back()
        return f"the scaler was still paused by {annotations[MARK]}; it runs again"

    def _found(self) -> dict[str, Any] | None:
        return self.cluster.scaled_object(self.namespace, self.deployment)

    def _wait(self, *, paused: bool) -> None:
        deadline = time.monotonic() + TAKEN_S
        while time.monotonic() < deadline:
            conditions = {
                c.get("type"): c.get("status") for c in (self._found() or {}).get("status", {}).get("conditions", [])
            }
            if (conditions.get("Paused") == "True") == paused:
                return
            time.sleep(0.5)
        wanted = "paused" if paused else "running again"
        raise Refused(
            f"KEDA did not report {self.namespace}/{self.deployment} as {wanted} within {TAKEN_S} s. "
            "To fix: see kubectl logs -n keda deploy/keda-operator"
        )


SABOTAGES = {"no-scaler": NoScaler}
