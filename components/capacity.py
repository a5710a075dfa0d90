"""What one replica carries, as measured: bentos/<name>/capacity.json, and the replicas that follow from it.

`make calibrate` writes it.
"""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import Field

from components.card import Card, Size
from components.part import Part
from components.validation import InvalidFile, checked, read

FILE = "capacity.json"
MEASURE = "make calibrate"


class Measurement(Part):
    """Where and how the figures were had, so that another can repeat it."""

    at: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}", examples=["2026-01-31"])
    how: str = Field(min_length=1, examples=["open loop in steps, one replica, through the entry"])
    cpu: str = Field(min_length=1, examples=["AMD EPYC, avx512_vnni"])
    """As in components/processor.py: what tells whether a machine is of this kind."""
    cores: int = Field(ge=1, examples=[2])
    duration_s: float = Field(gt=0, examples=[60])
    """Of one step of load."""
    seeds: list[int] = Field(min_length=1, examples=[[1, 2, 3]])
    versions: dict[str, str] = Field(default={}, examples=[{"bentoml": "1.4.39"}])


class Limits(Part):
    """What the measured replica was given, as Kubernetes quantities."""

    cpu: str = Field(pattern=r"^\d+(\.\d+)?m?$", examples=["400m"])
    memory: str = Field(min_length=1, examples=["512Mi"])


class ServiceTime(Part):
    """CPU time of a request that is served alone, in milliseconds."""

    mean: float = Field(gt=0, examples=[18.0])
    cv: float = Field(ge=0, examples=[0.5])
    """Standard deviation over mean."""
    quantiles: list[float] = Field(default=[], examples=[[9.1, 12.0, 14.5, 19.2, 31.0]])
    """As measured, evenly spaced; none where the mean and its variation are all that is known."""


class Confidence(Part):
    """95 % of what repetitions would find, from those that were made; lowest and highest."""

    service_time_ms: tuple[float, float] = Field(strict=False, examples=[[17.5, 18.5]])
    full_rps: tuple[float, float] = Field(strict=False, examples=[[39.0, 41.0]])
    rps_per_replica: tuple[float, float] = Field(strict=False, examples=[[33.0, 35.0]])


class Capacity(Part):
    """What one replica of a service carries at its size, on one kind of machine."""

    service: str = Field(examples=["embedder"])
    measured: Measurement
    size: Size = Field(examples=["small"])
    limits: Limits
    service_time_ms: ServiceTime
    run_ms: float = Field(default=0.0, ge=0, examples=[4.0])
    """The part of a service time that requests of one batch pay together: n of them take n * (mean - run) + run."""
    outside_ms: float = Field(default=0.0, ge=0, examples=[2.0])
    """Of an answer beside its CPU time: the network, the entry, and waiting for company."""
    stretch: float = Field(default=1.0, gt=0, examples=[1.06])
    """Of the work in the load's steps, in that of requests that come alone: so that what is foretold of the steps' own
    arrivals is what was seen."""
    crowding: float = Field(default=0.0, ge=0, examples=[0.12])
    """By how much of itself the work grows for each core that other replicas use: they share its caches, and its cores
    where those are few."""
    idle_cpu: float = Field(default=0.0, ge=0, examples=[0.02])
    """Cores that a replica uses at rest: probes and scrapes."""
    full_rps: float = Field(gt=0, examples=[40.0])
    """Answers a second of a replica that always has more to do."""
    in_flight: int = Field(ge=1, le=10_000, examples=[24])
    """Requests that a replica may hold at once without refusing any: the entry lets in no more."""
    rps_per_replica: float = Field(gt=0, examples=[34.0])
    """The highest rate that kept the card's p95."""
    p95_ms: float = Field(gt=0, examples=[210.0])
    response_ms: float = Field(gt=0, examples=[60.0])
    """p95 and mean of the answers at that rate."""
    start_s: float = Field(gt=0, examples=[6.0])
    """From scheduled to ready, under the limits."""
    confidence: Confidence | None = None
    """None of a measurement by hand, whose rounds were not kept."""
    scaled: float = Field(default=1.0, gt=0)
    """What the rates were multiplied with, since they were measured under other limits; 1: as measured."""

    @property
    def alone_s(self) -> float:
        """An answer to a request that is served alone."""
        return (self.service_time_ms.mean + self.outside_ms) / 1000

    @property
    def cpu(self) -> float:
        """The limit in cores."""
        return cores(self.limits.cpu)

    def under(self, cpu_limit: str) -> "Capacity":
        """The same replica under another CPU limit.

        Rates follow the limit up to one core, as an endpoint computes on one thread; with less, a start takes longer.
        """
        if cpu_limit == self.limits.cpu:
            return self
        factor = min(1.0, cores(cpu_limit)) / min(1.0, self.cpu)
        changes = {
            "limits": self.limits.model_copy(update={"cpu": cpu_limit}),
            "full_rps": round(self.full_rps * factor, 3),
            "rps_per_replica": round(self.rps_per_replica * factor, 3),
            "start_s": round(self.start_s / min(1.0, factor), 1),
            "scaled": factor,
        }
        return self.model_copy(update=changes)


class Measurements(Part):
    """capacity.json: one service on several kinds of machine."""

    measurements: list[Capacity] = Field(min_length=1)

    def on(self, cpu: str | None, card: Card) -> Capacity:
        """The newest at the card's size from a machine like `cpu`; where there is none, the slowest of all."""
        sized = [each for each in self.measurements if each.size == card.size]
        mine = [each for each in sized if each.measured.cpu == cpu]
        if mine:
            return max(mine, key=lambda each: each.measured.at)
        return min(sized, key=lambda each: each.rps_per_replica)


def cores(quantity: str) -> float:
    """Of a Kubernetes CPU quantity."""
    return float(quantity[:-1]) / 1000 if quantity.endswith("m") else float(quantity)


def load_measurements(folder: Path, card: Card) -> Measurements:
    """Those of the Bento; InvalidFile where they are malformed or were made for another card."""
    shown = f"{folder.parent.name}/{folder.name}/{FILE}"
    found = checked(Measurements, read(folder / FILE, shown), shown)
    problems = list(_disagreements(card, found.measurements))
    if problems:
        raise InvalidFile(shown, problems)
    return found


def doubt(capacity: Capacity, cpu: str | None) -> str | None:
    """Why the figures may not hold on machines like `cpu` (None: not known), and the fix; None if they are its own."""
    if capacity.measured.cpu == cpu and capacity.scaled == 1:
        return None
    scaled = "" if capacity.scaled == 1 else f", its rates times {capacity.scaled:.3g} for another CPU limit"
    return (
        f"{capacity.service}: one replica carries {capacity.rps_per_replica:g} requests a second as measured on "
        f"{capacity.measured.cpu}{scaled}; this platform has {cpu or 'processors that are not known before'}. "
        f"To fix: {MEASURE} SERVICE={capacity.service}, on the stack itself."
    )


def _disagreements(card: Card, found: Sequence[Capacity]) -> Iterator[str]:
    for number, capacity in enumerate(found):
        place = f"measurements.{number}"
        if capacity.service != card.name:
            yield f"{place}.service must be {card.name!r}, got {capacity.service!r}. To fix: measure this service."
        if capacity.size == card.size and capacity.p95_ms > card.slo.p95_ms:
            yield (
                f"{place}.p95_ms must be within the card's slo.p95_ms ({card.slo.p95_ms}), got {capacity.p95_ms:g}. "
                "To fix: measure again, or relax the SLO."
            )
    sizes = sorted({capacity.size for capacity in found})
    if card.size not in sizes:
        had = ", ".join(sizes)
        yield f"measurements must hold one of the card's size ({card.size!r}), got {had}. To fix: {MEASURE}."


def predicted_replicas(card: Card, capacity: Capacity, offered_rps: float) -> int:
    """The replicas that carry `offered_rps` with the card's spare, and its standby, within the card's bounds."""
    needed = math.ceil(round(offered_rps / capacity.rps_per_replica * (1 + card.scale.spare), 6))
    return min(max(needed, card.scale.min) + card.scale.standby, card.scale.max)
