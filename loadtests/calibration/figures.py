"""The figures of a calibration, and the model of a replica that they make."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from components.card import Card
from components.planning.queueing import Model
from loadtests.calibration.stretch import Step, stretched
from loadtests.ledger import Request

BATCHED = 8
"""Callers that keep a replica full: each batch then holds about as many."""
STEP_S = 40.0
"""Of a step of load at one rate."""
SEEDS = (1, 2, 3)
"""Each rate is sent with, and the median p95 counts."""


@dataclass(kw_only=True)
class Found:
    """Figures in the units of their steps: seconds, requests a second, cores."""

    idle_cpu: float = 0.0
    alone_s: list[float] = field(default_factory=list)
    alone_cpu_s: float = 0.0
    full_rps: list[float] = field(default_factory=list)
    full_cpu_s: float = 0.0
    steps: list[Step] = field(default_factory=list)
    """One replica's, in search of the rate."""
    turns: list[Step] = field(default_factory=list)
    """All replicas' and one's, in turn."""
    stretch: float = 1.0
    crowding: float = 0.0
    rps: float = 0.0
    fails_at: float = 0.0
    p95_s: float = 0.0
    mean_s: float = 0.0
    starts_s: list[float] = field(default_factory=list)

    @property
    def work_s(self) -> list[float]:
        """CPU of each request that was alone: its share of the mean, as of the times."""
        mean = statistics.fmean(self.alone_s)
        return [each / mean * self.alone_cpu_s for each in self.alone_s]

    @property
    def run_s(self) -> float:
        """What a batch pays once: alone a request takes each + run, in a batch of n each + run / n."""
        return min(max((self.alone_cpu_s - self.full_cpu_s) / (1 - 1 / BATCHED), 0.0), 0.9 * self.alone_cpu_s)

    @property
    def outside_s(self) -> float:
        return max(0.0, statistics.fmean(self.alone_s) - self.alone_cpu_s)


def model_of(found: Found, card: Card, cpu_limit: float) -> Model:
    """As `components.planning.queueing.model` makes it of capacity.json."""
    return replace(stretched(alone_of(found, card, cpu_limit), found.stretch), crowding=found.crowding)


def alone_of(found: Found, card: Card, cpu_limit: float) -> Model:
    """The same before any load: its requests come alone."""
    return Model(
        work_s=tuple(found.work_s),
        run_s=found.run_s,
        outside_s=found.outside_s,
        batch=card.batch.size,
        cpu=min(1.0, cpu_limit) - found.idle_cpu,
    )


def medians(rounds: Sequence[Sequence[Request]]) -> list[float]:
    """Seconds of each request over rounds of the same ones; those that were answered in none are left out."""
    taken = (times(same) for same in zip(*rounds, strict=True))
    return [statistics.median(each) for each in taken if each]


def times(answers: Sequence[Request]) -> list[float]:
    """Of good ones, from the sending: what the generator adds is not the service's."""
    return [each.answered - each.sent for each in answers if each.ok and each.answered is not None]
