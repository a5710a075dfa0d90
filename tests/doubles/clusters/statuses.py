"""Conditions, as controllers write them."""

import time
from collections.abc import Iterable, Mapping
from typing import Any

from airgap.kubernetes_provider.cluster import Object

Told = tuple[bool, str, str]
"""Of a condition: whether it holds, its reason, and a sentence."""


def timestamp() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def conditions(live: Object, told: Mapping[str, Told], before: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Of the object's present generation; the time is that of the last change."""
    since = {(each["type"], each["status"]): each["lastTransitionTime"] for each in before}
    return [
        {
            "type": kind,
            "status": (status := "True" if holds else "False"),
            "reason": reason,
            "message": message,
            "observedGeneration": live["metadata"]["generation"],
            "lastTransitionTime": since.get((kind, status)) or timestamp(),
        }
        for kind, (holds, reason, message) in told.items()
    ]


def holds(live: Object, kind: str) -> bool:
    """Whether a condition was reported of the object as it is now."""
    return any(
        each["type"] == kind
        and each["status"] == "True"
        and each.get("observedGeneration") == live["metadata"]["generation"]
        for each in (live.get("status") or {}).get("conditions") or []
    )
