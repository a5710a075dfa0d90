"""Points of load that no measurement has seen, and whether the plan was right about them. Pure functions."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from components.capacity import Capacity
from components.card import Card
from components.planning.erlang import response_s
from components.planning.queueing import model, served
from loadtests.arrivals import steady
from loadtests.calibration.stretch import foretold_p95_s

MOST = 3
"""Replicas: with a limit of 400m each they leave this machine's cores room for the load and the node."""

SECONDS, FEWEST = 80.0, 800
"""Of a run with the planned replicas, and its requests, for which a low rate is sent longer: its p95 stands on 40."""
SWEEPS = 2
"""Over all points: their runs lie half an hour apart, and the spread has the machine's own pace in it."""
NEAR = 1.25
"""Where a run with one replica less breaks the promise by no more than such a factor, the next sweep repeats it."""

LOADS = {
    1.0: (0.35, 0.55, 0.8, 0.9, 1.0, 1.25, 1.5, 1.65, 1.8),
    0.5: (0.25, 0.4, 0.6, 0.7, 0.8, 1.0, 1.2),
}
"""By the share of the card's p95 that is promised: rates in full replicas, chosen before anything was measured."""

FIRST_SEED = 101
"""A calibration's are 1 to 3."""

POINTS = 12
"""That have to be decided: whose runs agree about the promise."""
EXACT = 0.9
"""Share of them whose replicas must be exact."""
BANDS = ((0.7, 0.15), (0.85, 0.25))
"""Up to such a utilisation p95 may be off by such a part; above it, nothing was promised."""
OF_ERLANG = 0.5
"""Of plain Erlang-C's error, at most."""


@dataclass(kw_only=True)
class Point:
    """Arrivals and a promise; what was foretold of these very arrivals, and what came."""

    rps: float
    seconds: float
    """Of each run."""
    seed: int
    """Of the arrivals: no other point has them, and no calibration."""
    promised_ms: float
    replicas: int
    """The fewest, as planned."""
    utilisation: float
    p95_ms: float
    erlang_ms: float
    seen_ms: list[float] = field(default_factory=list)
    """p95 with so many replicas, one a sweep."""
    fewer_ms: list[float] = field(default_factory=list)
    """With one replica less and the same arrivals; none where that would be none."""

    @property
    def measured_ms(self) -> float:
        return sum(self.seen_ms) / len(self.seen_ms)

    @property
    def low(self) -> bool:
        """More would have been needed."""
        return self.measured_ms > self.promised_ms

    @property
    def exact(self) -> bool:
        return not self.low and all(each > self.promised_ms for each in self.fewer_ms)

    @property
    def decided(self) -> bool:
        """Whether there is a fewest: two runs of one point may keep a promise and break it."""
        return all(len({each > self.promised_ms for each in runs}) < 2 for runs in (self.seen_ms, self.fewer_ms))

    @property
    def verdict(self) -> str:
        if not self.decided:
            return "undecided"
        return "exact" if self.exact else "LOW" if self.low else "one too many"

    @property
    def near(self) -> bool:
        """Whether the run with one replica less says too little by itself."""
        return any(each <= NEAR * self.promised_ms for each in self.fewer_ms)

    @property
    def error(self) -> float:
        """Of p95, as a part of what was measured."""
        return abs(self.p95_ms / self.measured_ms - 1)

    @property
    def erlang_error(self) -> float:
        return abs(self.erlang_ms / self.measured_ms - 1)

    @property
    def spread(self) -> float:
        """Of the same point run again, a sweep later."""
        return (max(self.seen_ms) - min(self.seen_ms)) / self.measured_ms

    @property
    def allowed(self) -> float | None:
        """None beyond the bands."""
        band = next((part for limit, part in BANDS if self.utilisation <= limit), None)
        return None if band is None else max(band, self.spread)

    @property
    def within(self) -> bool:
        return self.allowed is None or self.error <= self.allowed

    def __str__(self) -> str:
        runs = ", ".join(f"{each:.0f}" for each in self.seen_ms)
        fewer = f"; with {self.replicas - 1}: {', '.join(f'{each:.0f}' for each in self.fewer_ms)}" * bool(
            self.fewer_ms
        )
        allowed = "no promise" if self.allowed is None else f"allowed {self.allowed:.0%}"
        return (
            f"{self.rps:5.1f}/s within {self.promised_ms:3.0f} ms: {self.replicas} replicas "
            f"({self.verdict}), used {self.utilisation:.0%}, p95 "
            f"{self.p95_ms:.0f} ms, seen {runs}{fewer}; off by {self.error:.0%} ({allowed}"
            f"{'' if self.within else ', NOT HELD'}), Erlang-C by {self.erlang_error:.0%}"
        )


def points(
    card: Card, capacity: Capacity, seconds: float, sizes: Callable[[int, int], Sequence[float]]
) -> Iterator[Point]:
    """Those that at most MOST replicas can keep, as the plan sees them before any run.

    A run lasts `seconds`, or until FEWEST requests. `sizes` tells those of so many requests by a seed, in any unit.
    """
    replica = model(card, capacity)
    cases = [(share, load) for share, loads in LOADS.items() for load in loads]
    for seed, (share, load) in enumerate(cases, FIRST_SEED):
        promised_ms, rps = round(card.slo.p95_ms * share), round(load * capacity.full_rps, 1)
        lasts = max(seconds, FEWEST / rps)
        due = steady(rps, lasts, seed)
        sized = sizes(seed, len(due))
        p95_ms = {replicas: foretold_p95_s(replica, replicas, due, sized) * 1000 for replicas in range(1, MOST + 1)}
        if (fewest := next((replicas for replicas, each in p95_ms.items() if each <= promised_ms), None)) is None:
            continue
        yield Point(
            rps=rps,
            seconds=lasts,
            seed=seed,
            promised_ms=promised_ms,
            replicas=fewest,
            utilisation=served(replica, fewest, due, sizes=sized).utilisation,
            p95_ms=p95_ms[fewest],
            erlang_ms=response_s(fewest, len(due) / lasts, 1 / capacity.full_rps) * 1000,
        )


def runs(found: Sequence[Point]) -> Iterator[tuple[Point, int]]:
    """Each point and its replicas, in the order that scales least; with one replica less again where that was near."""
    for sweep in range(SWEEPS):
        for replicas in range(MOST, 0, -1):
            yield from ((point, replicas) for point in found if point.replicas == replicas)
            fewer = (point for point in found if point.replicas == replicas + 1)
            yield from ((point, replicas) for point in fewer if sweep == 0 or point.near)


def shortfalls(found: Sequence[Point]) -> list[str]:
    """What was promised of the plan, and did not come true."""
    decided = [point for point in found if point.decided]
    exact = sum(point.exact for point in decided) / max(1, len(decided))
    off, textbook = (sum(each) / len(found) for each in zip(*((p.error, p.erlang_error) for p in found), strict=True))
    told = [
        f"{point.rps:g}/s: off by {point.error:.0%}, allowed {point.allowed:.0%}" for point in found if not point.within
    ]
    if len(decided) < POINTS:
        told.append(f"{len(decided)} points are decided, {POINTS} are asked")
    if exact < EXACT:
        told.append(f"replicas exact at {exact:.0%} of {len(decided)} points, {EXACT:.0%} are asked")
    if off > OF_ERLANG * textbook:
        told.append(f"p95 off by {off:.0%} on average, more than half of Erlang-C's {textbook:.0%}")
    return told
