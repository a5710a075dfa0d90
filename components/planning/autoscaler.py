"""The HorizontalPodAutoscaler's own rule for external metrics, so that what it will do can be told beforehand.

Source: kubernetes v1.34.4, pkg/controller/podautoscaler: horizontal.go (stabilizeRecommendationWithBehaviors,
convertDesiredReplicasWithBehaviorRate) and replica_calculator.go (GetExternalPerPodMetricReplicas). KEDA makes such an
autoscaler of a ScaledObject, whose prometheus triggers become external metrics with an average value.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

TOLERANCE = 0.1
"""Of the usage's ratio to its target: within it nothing changes (--horizontal-pod-autoscaler-tolerance)."""


@dataclass(frozen=True)
class Reading:
    """A metric at one moment."""

    total: float
    """Summed over all replicas."""
    target: float
    """For one replica."""


@dataclass(frozen=True)
class Policy:
    """The largest change within a period."""

    kind: Literal["Pods", "Percent"]
    value: int
    period_s: float


@dataclass(frozen=True)
class Rules:
    """One direction of an autoscaler's behavior."""

    window_s: float
    """Stabilization: up takes the lowest wish of this long, down the highest."""
    policies: tuple[Policy, ...]


UP = Rules(0, (Policy("Pods", 4, 15), Policy("Percent", 100, 15)))
DOWN = Rules(300, (Policy("Percent", 100, 15),))
"""What holds where a spec says nothing; the controller's own default, five minutes."""


def rules(behavior: Mapping[str, Any] | None, default: Rules) -> Rules:
    """Of `scaleUp` or `scaleDown` in a behavior. ValueError for selectPolicy, which no spec of ours sets."""
    if behavior is None:
        return default
    if behavior.get("selectPolicy", "Max") != "Max":
        raise ValueError(f"selectPolicy must be Max, got {behavior['selectPolicy']!r}. To fix: leave it out.")
    policies = behavior.get("policies")
    return Rules(
        behavior.get("stabilizationWindowSeconds", default.window_s),
        tuple(Policy(p["type"], p["value"], p["periodSeconds"]) for p in policies) if policies else default.policies,
    )


class Autoscaler:
    """One autoscaler with its memory; ask it once each sync period."""

    def __init__(self, minimum: int, maximum: int, up: Rules = UP, down: Rules = DOWN):
        self.minimum, self.maximum, self.up, self.down = minimum, maximum, up, down
        self._wishes: list[tuple[float, int]] = []
        self._changes: list[tuple[float, int]] = []

    def decide(self, now: float, current: int, readings: Iterable[Reading]) -> int:
        """Replicas from `now` (seconds) on, with `current` asked for until now."""
        if not self.minimum <= current <= self.maximum:
            return self._changed(now, current, min(max(current, self.minimum), self.maximum))
        wish = max((_wish(current, reading) for reading in readings), default=current)
        stable = self._stabilized(now, current, wish)
        return self._changed(now, current, self._limited(now, current, stable))

    def _stabilized(self, now: float, current: int, wish: int) -> int:
        lowest = min([wish, *(w for at, w in self._wishes if at > now - self.up.window_s)])
        highest = max([wish, *(w for at, w in self._wishes if at > now - self.down.window_s)])
        since = now - max(self.up.window_s, self.down.window_s)
        self._wishes = [(at, w) for at, w in self._wishes if at >= since] + [(now, wish)]
        return min(max(current, lowest), highest)

    def _limited(self, now: float, current: int, wish: int) -> int:
        if wish > current:
            most = max(_more(current - self._change(now, policy), policy) for policy in self.up.policies)
            return min(wish, self.maximum, max(most, current))
        if wish < current:
            least = min(_fewer(current - self._change(now, policy), policy) for policy in self.down.policies)
            return max(wish, self.minimum, min(least, current))
        return wish

    def _change(self, now: float, policy: Policy) -> int:
        return sum(change for at, change in self._changes if at > now - policy.period_s)

    def _changed(self, now: float, current: int, replicas: int) -> int:
        longest = max(policy.period_s for policy in (*self.up.policies, *self.down.policies))
        self._changes = [(at, change) for at, change in self._changes if at >= now - longest]
        if replicas != current:
            self._changes.append((now, replicas - current))
        return replicas


def _wish(current: int, reading: Reading) -> int:
    if 1 - TOLERANCE <= reading.total / (reading.target * max(current, 1)) <= 1 + TOLERANCE:
        return current
    return math.ceil(round(reading.total / reading.target, 9))


def _more(start: int, policy: Policy) -> int:
    return start + policy.value if policy.kind == "Pods" else math.ceil(start * (1 + policy.value / 100))


def _fewer(start: int, policy: Policy) -> int:
    return start - policy.value if policy.kind == "Pods" else int(start * (1 - policy.value / 100))
