"""One point of load that no measurement has seen: what was foretold of it, what came, and what follows."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from loadtests.ledger import Request

NEAR = 1.25
"""Where a run with one replica less breaks the promise by no more than such a factor, the next sweep repeats it."""
BANDS = ((0.7, 0.15), (0.85, 0.25))
"""Up to such a utilisation p95 may be off by such a part; above it, nothing was promised."""


@dataclass(kw_only=True)
class Point:
    """Arrivals and a promise; what was foretold of these very arrivals, and what came."""

    rps: float
    seconds: float
    """Of each run."""
    requests: int
    """Of each run, too."""
    seed: int
    """Of the arrivals: no other point has them, and no calibration."""
    promised_ms: float
    replicas: int
    """The fewest, as planned."""
    utilisation: float
    cores: float
    """CPU seconds a second that its requests take in all, as they were measured."""
    p95_ms: float
    erlang_ms: float
    seen_ms: list[float] = field(default_factory=list)
    """p95 with so many replicas, one a sweep."""
    fewer_ms: list[float] = field(default_factory=list)
    """With one replica less and the same arrivals; none where that would be none."""
    used: list[float] = field(default_factory=list)
    """What they took in each run with so many replicas; none where the kubelet looked too seldom."""
    at_pace_ms: float | None = None
    """p95, as it would have been foretold by what they took."""

    def give_up(self, requests: Sequence[Request]) -> bool:
        """Whether it is certain of a run that its p95 breaks the promise, and by more than a little."""
        late = sum(each.answered is not None and each.latency_ms > NEAR * self.promised_ms for each in requests)
        return 20 * late > self.requests

    @property
    def pace(self) -> float:
        """CPU that its requests took, as a part of what they took when they were measured; 1 where it is not known."""
        return statistics.fmean(self.used) / self.cores if self.used else 1.0

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
        pace = f"; took {self.pace:.2f} of its CPU, so {self.at_pace_ms:.0f} ms" if self.at_pace_ms else ""
        allowed = "no promise" if self.allowed is None else f"allowed {self.allowed:.0%}"
        return (
            f"{self.rps:5.1f}/s within {self.promised_ms:3.0f} ms: {self.replicas} replicas "
            f"({self.verdict}), used {self.utilisation:.0%}, p95 "
            f"{self.p95_ms:.0f} ms, seen {runs}{fewer}; off by {self.error:.0%} ({allowed}"
            f"{'' if self.within else ', NOT HELD'}), Erlang-C by {self.erlang_error:.0%}{pace}"
        )
