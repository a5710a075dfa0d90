"""What one replica carries, as measured: bentos/<name>/capacity.json, and the replicas that follow from it."""

import math
from pathlib import Path

from pydantic import Field

from components.card import Card, Part, Size
from components.validation import InvalidFile, checked, read

FILE = "capacity.json"


class Measurement(Part):
    """How the figures were had, so that another can repeat it."""

    at: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}", examples=["2026-01-31"])
    how: str = Field(min_length=1, examples=["open loop in steps, one replica, through the entry"])
    cpu: str = Field(min_length=1, examples=["AMD EPYC 9R14"])
    cores: int = Field(ge=1, examples=[2])
    duration_s: float = Field(gt=0, examples=[60])
    seed: int = Field(examples=[1])


class Limits(Part):
    """What the measured replica was given, as Kubernetes quantities."""

    cpu: str = Field(min_length=1, examples=["400m"])
    memory: str = Field(min_length=1, examples=["512Mi"])


class ServiceTime(Part):
    """Of one request that waits for no other, in the replica."""

    mean: float = Field(gt=0, examples=[18.0])
    cv: float = Field(ge=0, examples=[0.5])
    """Standard deviation over mean."""


class Capacity(Part):
    """What one replica of a service carries at its size."""

    service: str = Field(examples=["embedder"])
    measured: Measurement
    size: Size = Field(examples=["small"])
    limits: Limits
    service_time_ms: ServiceTime
    in_flight: int = Field(ge=1, le=10_000, examples=[24])
    """Requests that a replica may hold at once without refusing any: the entry lets in no more."""
    rps_per_replica: float = Field(gt=0, examples=[34.0])
    """The highest rate that kept the card's p95."""
    p95_ms: float = Field(gt=0, examples=[210.0])
    """Seen at that rate."""
    start_s: float = Field(gt=0, examples=[6.0])
    """From scheduled to the first answer, under the limits."""


def load_capacity(folder: Path, card: Card) -> Capacity:
    """The measurement that belongs to `card`; InvalidFile where it is malformed or was made for another card."""
    shown = f"{folder.parent.name}/{folder.name}/{FILE}"
    capacity = checked(Capacity, read(folder / FILE, shown), shown)
    problems = list(_disagreements(card, capacity))
    if problems:
        raise InvalidFile(shown, problems)
    return capacity


def _disagreements(card: Card, capacity: Capacity):
    if capacity.service != card.name:
        yield f"service must be {card.name!r}, got {capacity.service!r}. To fix: measure this service."
    if capacity.size != card.size:
        yield f"size must be the card's ({card.size!r}), got {capacity.size!r}. To fix: measure again at that size."
    if capacity.p95_ms > card.slo.p95_ms:
        yield (
            f"p95_ms must be within the card's slo.p95_ms ({card.slo.p95_ms}), got {capacity.p95_ms:g}. "
            "To fix: measure again, or relax the SLO."
        )


def predicted_replicas(card: Card, capacity: Capacity, offered_rps: float) -> int:
    """The replicas that carry `offered_rps` with the card's spare, and its standby, within the card's bounds."""
    needed = math.ceil(round(offered_rps / capacity.rps_per_replica * (1 + card.scale.spare), 6))
    return min(max(needed, card.scale.min) + card.scale.standby, card.scale.max)
