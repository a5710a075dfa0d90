"""What a step of a metric should bring by our simulation of the autoscaler, and what it brought."""

import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.fleet import BEHAVIOR, LEAST, MOST, TARGET
from components.planning import SCHEDULE_S
from components.planning.autoscaler import DOWN, UP, Autoscaler, Reading, rules

SYNC_S = 2
"""Between two looks at an autoscaler, as the controller manager is told."""
IDLE = 0.5 * TARGET
"""A metric that wants one replica."""


def steps(count: int) -> list[float]:
    """Metrics that want one, two or three replicas, one in a hundred eight, and some within the tolerance."""
    chance = random.Random("decisions")  # noqa: S311  (reproducible, not secret)
    return [TARGET * (8.0 if chance.random() < 0.01 else chance.uniform(0.5, 2.6)) for _ in range(count)]


def period_s(count: int, requests_a_second: int) -> float:
    """Between two looks at one of so many autoscalers: each look reads the scale, by a client that may ask so often."""
    return max(SYNC_S, count / requests_a_second)


@dataclass(frozen=True, kw_only=True)
class Simulated:
    """Of one Deployment: replicas at last, and the seconds until they are ordered and ready; 0 where none are."""

    replicas: int
    decided_s: float
    ready_s: float


def simulated(total: float, current: int, first_look_s: float, period_s: float) -> Simulated:
    """Of a metric that steps to `total`, with this many replicas there."""
    scaler = Autoscaler(LEAST, MOST, rules(BEHAVIOR["scaleUp"], UP), rules(BEHAVIOR["scaleDown"], DOWN))
    at, decided = first_look_s, 0.0
    while (found := scaler.decide(at, current, [Reading(total, TARGET)])) != current:
        current, decided = found, at
        at += period_s
    return Simulated(replicas=current, decided_s=decided, ready_s=decided + SCHEDULE_S if decided else 0.0)


def all_simulated(totals: Sequence[float], current: Sequence[int], period_s: float) -> list[Simulated]:
    """Of many, with their looks spread evenly over the period."""
    looks = ((number + 0.5) / len(totals) * period_s for number in range(len(totals)))
    return [simulated(*each, period_s) for each in zip(totals, current, looks, strict=True)]


@dataclass(kw_only=True)
class Answers:
    """Seconds from a step, of the Deployments that it changed as simulated."""

    decided_s: list[float] = field(default_factory=list)
    ready_s: list[float] = field(default_factory=list)
    simulated_decided_s: list[float] = field(default_factory=list)
    simulated_ready_s: list[float] = field(default_factory=list)
    wrong: int = 0
    """Deployments whose replicas, asked for or ready, did not become what was simulated in time."""

    def add(self, decided_s: float, ready_s: float, said: Simulated) -> None:
        self.decided_s.append(decided_s)
        self.ready_s.append(ready_s)
        self.simulated_decided_s.append(said.decided_s)
        self.simulated_ready_s.append(said.ready_s)

    def __str__(self) -> str:
        """For a person; what was simulated stands in brackets."""
        if len(self.ready_s) < 2:
            return f"{len(self.ready_s)} as simulated, {self.wrong} otherwise"
        pairs = (
            ("decided", self.decided_s, self.simulated_decided_s),
            ("ready", self.ready_s, self.simulated_ready_s),
        )
        texts = []
        for name, times, said in pairs:
            seen, told = statistics.quantiles(times, n=100), statistics.quantiles(said, n=100)
            texts.append(f"{name} p50 {seen[49]:.1f} s ({told[49]:.1f}), p99 {seen[98]:.1f} s ({told[98]:.1f})")
        return f"{'; '.join(texts)}; {len(self.ready_s)} as simulated, {self.wrong} otherwise"
