"""The scaler, broken: absent, looking elsewhere, or asking too little."""

import re
import time
from typing import Any

from loadtests.sabotage.parts import Before, Place, Sabotage
from loadtests.target import Refused

PAUSED = "autoscaling.keda.sh/paused"
PAUSED_REPLICAS = "autoscaling.keda.sh/paused-replicas"

TAKEN_S = 30
"""Until KEDA's operator has seen a pause or its end; it reconciles within a second or two."""


class NoScaler(Sabotage):
    """Pauses KEDA for one Deployment: it removes the autoscaler, and the replicas stay as they are."""

    clause = "scaled-up"

    def apply(self) -> None:
        self._pause("true")

    def take_back(self, before: Before) -> None:
        self._pause(None)

    def _pause(self, value: str | None) -> None:
        if found := self._found():
            self.cluster.annotate(self.namespace, found["metadata"]["name"], {PAUSED: value})
        deadline = time.monotonic() + TAKEN_S
        while time.monotonic() < deadline:
            status = (self._found() or {}).get("status", {})
            conditions = {each.get("type"): each.get("status") for each in status.get("conditions", [])}
            if (conditions.get("Paused") == "True") == (value is not None):
                return
            time.sleep(0.5)
        wanted = "running again" if value is None else "paused"
        raise Refused(
            f"KEDA did not report {self.namespace}/{self.card.name} as {wanted} within {TAKEN_S} s. "
            "To fix: see kubectl logs -n keda deploy/keda-operator"
        )

    def _found(self) -> dict[str, Any] | None:
        return self.cluster.scaled_object(self.namespace, self.card.name)


class _Triggers(Sabotage):
    """The ScaledObject's questions, changed. KEDA asks the new ones within seconds, which the calm phase gives it."""

    def before(self) -> Before:
        return self._place().before()

    def apply(self) -> None:
        place = self._place()
        place.write([self._broken(each) for each in place.read()])

    def take_back(self, before: Before) -> None:
        self._place().put_back(before)

    def changed(self, asked: dict[str, str]) -> dict[str, str]:
        """A trigger's metadata, broken."""
        raise NotImplementedError

    def _broken(self, trigger: dict[str, Any]) -> dict[str, Any]:
        asks = "query" in trigger["metadata"]  # a schedule asks nobody
        return {**trigger, "metadata": self.changed(trigger["metadata"])} if asks else trigger

    def _place(self) -> Place:
        found = self.cluster.scaled_object(self.namespace, self.card.name)
        name = found["metadata"]["name"] if found else self.card.name
        path = f"/apis/keda.sh/v1alpha1/namespaces/{self.namespace}/scaledobjects/{name}"
        return Place(self.cluster, path, "/spec/triggers")


class WrongMetric(_Triggers):
    """Asks for the series of a service that does not exist."""

    clause = "scaled-up"

    def changed(self, asked: dict[str, str]) -> dict[str, str]:
        return {
            **asked,
            "query": re.sub(rf"\b{re.escape(self.card.name)}\b", f"{self.card.name}-elsewhere", asked["query"]),
        }


class TargetTimesTen(_Triggers):
    """Gives each replica ten times the work that it was measured to carry.

    By then its queue is long: the scaler acts too late, or not at all where the entry's bound comes first, and once it
    has acted it lets the replicas go. What none of these keeps is the SLO at the plateau.
    """

    clause = "slo"

    def changed(self, asked: dict[str, str]) -> dict[str, str]:
        return {**asked, "threshold": f"{10 * float(asked['threshold']):g}"}
