"""KEDA's own part of scaling, where minReplicaCount is 0: from none to one, and from the last to none.

Source: github.com/kedacore/keda/v2 v2.18.0, pkg/scaling/executor/scale_scaledobjects.go (RequestScale).
"""

import math
from collections.abc import Mapping
from typing import Any

COOLDOWN_S = 300
"""KEDA's own, where a spec says nothing."""


class Activation:
    """One ScaledObject's, with its memory; it does nothing where there is always a replica."""

    def __init__(self, spec: Mapping[str, Any]):
        self._least = spec["minReplicaCount"]
        self._cooldown_s = spec.get("cooldownPeriod", COOLDOWN_S)
        self._last_active = -math.inf

    def decide(self, now: float, current: int, active: bool) -> int:
        """Replicas from `now` (seconds) on; `active`: a trigger reads more than nothing."""
        if active:
            self._last_active = now
            return max(1, current)
        return current if self._least or now - self._last_active < self._cooldown_s else 0
