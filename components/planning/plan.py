"""What a card's load takes, before a request is sent: replicas and latency by load point, and the scaler's target."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

from components.capacity import Capacity, predicted_replicas
from components.card import Card
from components.planning.queueing import Model, Outcome, model, simulate

SHARES = (0.25, 0.5, 0.75, 1.0)
"""Of the way from base to peak, besides the base itself."""

SEEDS = (1, 2, 3)
"""A p95 of one simulation is a draw like any other; the median of three decides."""


@dataclass(frozen=True, kw_only=True)
class Point:
    """One rate of load."""

    rps: float
    needed: int | None
    """The fewest replicas whose p95 keeps the SLO; None where those of scale.max do not."""
    asked: int
    """What the scaler asks for: as many, and the card's spare."""
    p95_ms: float
    """With those that are asked for."""
    utilisation: float


@functools.cache
def _simulated(replica: Model, replicas: int, rps: float) -> Outcome:
    found = sorted((simulate(replica, replicas, rps, seed) for seed in SEEDS), key=lambda each: each.p95_s)
    return found[len(found) // 2]


def expected(card: Card, capacity: Capacity, replicas: int, rps: float) -> Outcome:
    """What so many replicas do at this rate."""
    return _simulated(model(card, capacity), replicas, rps)


def planned_rps(card: Card, capacity: Capacity) -> float:
    """Of one replica, the card's spare left."""
    return capacity.rps_per_replica / (1 + card.scale.spare)


def needed(card: Card, capacity: Capacity, rps: float, most: int) -> int | None:
    """The fewest replicas whose p95 keeps the card's SLO at `rps`; None where `most` do not."""
    for replicas in range(max(1, int(rps / capacity.full_rps)), most + 1):
        if (
            rps < replicas * capacity.full_rps
            and expected(card, capacity, replicas, rps).p95_s <= card.slo.p95_ms / 1000
        ):
            return replicas
    return None


def points(card: Card, capacity: Capacity) -> Sequence[Point]:
    """The card's load from base to peak."""
    base, peak = card.load.base_rps, card.load.peak_rps
    return [_point(card, capacity, base + share * (peak - base)) for share in (0.0, *SHARES)]


def _point(card: Card, capacity: Capacity, rps: float) -> Point:
    asked = predicted_replicas(card, capacity, rps)
    outcome = expected(card, capacity, asked, rps)
    return Point(
        rps=rps,
        needed=needed(card, capacity, rps, card.scale.max),
        asked=asked,
        p95_ms=outcome.p95_s * 1000,
        utilisation=outcome.utilisation,
    )
