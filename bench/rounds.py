"""Two ways to do one thing, timed in turn: a noisy machine slows both, so their ratio stands."""

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Of what is measured with what it is compared with, seconds each, a pair a round."""

    name: str
    measured_s: list[float]
    compared_s: list[float]
    limit: float | None = None
    """Of the median ratio; None where no promise was made."""

    @property
    def ratios(self) -> list[float]:
        """One a round, each of two runs side by side."""
        return [mine / other for mine, other in zip(self.measured_s, self.compared_s, strict=True)]

    @property
    def ratio(self) -> float:
        return statistics.median(self.ratios)

    @property
    def held(self) -> bool:
        return self.limit is None or self.ratio <= self.limit

    def document(self) -> dict[str, Any]:
        """For the report."""
        return {**asdict(self), "ratio": self.ratio, "ratios": self.ratios, "held": self.held}

    def __str__(self) -> str:
        limit = "" if self.limit is None else f", at most {self.limit}: {'held' if self.held else 'NOT HELD'}"
        spread = f"{min(self.ratios):.2f} to {max(self.ratios):.2f}"
        times = f"{statistics.median(self.measured_s):.2f} s beside {statistics.median(self.compared_s):.2f} s"
        return f"{self.name}: {self.ratio:.2f} ({spread} in {len(self.ratios)} rounds; {times}){limit}"


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Of one thing that is promised in seconds; the median counts, as a noisy machine only adds."""

    name: str
    times_s: list[float]
    """One a round."""
    limit_s: float

    @property
    def median_s(self) -> float:
        return statistics.median(self.times_s)

    @property
    def held(self) -> bool:
        return self.median_s <= self.limit_s

    def document(self) -> dict[str, Any]:
        """For the report."""
        return {**asdict(self), "median_s": self.median_s, "held": self.held}

    def __str__(self) -> str:
        spread = f"{min(self.times_s) * 1000:.1f} to {max(self.times_s) * 1000:.1f} in {len(self.times_s)} rounds"
        held = "held" if self.held else "NOT HELD"
        return f"{self.name}: {self.median_s * 1000:.1f} ms ({spread}), at most {self.limit_s * 1000:.0f}: {held}"


def compare(
    name: str,
    measured: Callable[[], object],
    compared: Callable[[], object],
    rounds: int,
    said: Callable[[str], object],
    limit: float | None = None,
) -> Comparison:
    """`rounds` pairs after one that warms caches and does not count; who goes first alternates."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        sides = [(times[0], measured), (times[1], compared)]
        for kept, work in sides if number % 2 else reversed(sides):
            begin = time.monotonic()
            work()
            if number:
                kept.append(time.monotonic() - begin)
        if number:
            said(f"{name}: round {number} of {rounds}: {times[0][-1]:.2f} s beside {times[1][-1]:.2f} s")
    return Comparison(name=name, measured_s=times[0], compared_s=times[1], limit=limit)
