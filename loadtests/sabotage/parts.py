"""What sabotages are made of: what each must be able to do, and objects that are put back as they were."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from components.card import Card
from loadtests.target import Refused
from loadtests.verdict import Verdict
from loadtests.watcher import Cluster

MARK = "tradewind.dev/sabotaged-by"
"""Annotation on the ScaledObject: tells our own doing from a person's."""
UNDO = "tradewind.dev/sabotage"
"""Annotation beside it: which sabotage, and what was there before, as JSON."""

MANAGER = "tradewind-loadtests"
"""Owner of the fields that a sabotage writes, until they are put back."""

Before = dict[str, Any]
"""What taking back needs, as JSON holds it."""


class Sabotage:
    """One part of a service, broken. Another process than the one that applied it may take it back."""

    clause: ClassVar[str]
    """Which must fail."""

    def __init__(self, cluster: Cluster, namespace: str, card: Card):
        self.cluster, self.namespace, self.card = cluster, namespace, card

    @classmethod
    def seen(cls, verdict: Verdict) -> bool:
        """Whether a verdict names this sabotage's own reason."""
        return verdict.judged and cls.clause in verdict.failing

    def before(self) -> Before:
        """What is there now; asked for before `apply`."""
        return {}

    def apply(self) -> None:
        """Breaks it, and returns once that is in force."""
        raise NotImplementedError

    def take_back(self, before: Before) -> None:
        """Safe to call where it is only half broken, or not at all."""
        raise NotImplementedError


def await_done(done: Callable[[], bool], seconds: float, refusal: str) -> None:
    """Looks once a second; Refused, in these words, where it is not done in time."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise Refused(refusal)
        time.sleep(1)


@dataclass(frozen=True)
class Place:
    """One value inside an object that somebody else owns."""

    cluster: Cluster
    path: str
    """Of the object, in the API."""
    pointer: str
    """Of the value: a JSON pointer (RFC 6901)."""

    def read(self) -> Any:
        found: Any = self.cluster.request("GET", self.path)
        for key in self.pointer.split("/")[1:]:
            found = found[int(key)] if isinstance(found, list) else found[key]
        return found

    def before(self) -> Before:
        owners = self.cluster.request("GET", self.path)["metadata"]["managedFields"]
        return {"value": self.read(), "owners": owners}

    def write(self, value: Any) -> None:
        self._replace(self.pointer, value)

    def put_back(self, before: Before) -> None:
        """Value and owners as they were: a field that stayed ours would make the next `pulumi up` a conflict."""
        self.write(before["value"])
        now = self.cluster.request("GET", self.path)["metadata"]["managedFields"]
        owners = [each for each in before["owners"] if "subresource" not in each]
        self._replace("/metadata/managedFields", owners + [each for each in now if "subresource" in each])

    def _replace(self, pointer: str, value: Any) -> None:
        operation = {"op": "replace", "path": pointer, "value": value}
        self.cluster.request("PATCH", f"{self.path}?fieldManager={MANAGER}", [operation])
