"""The offered load, known for each second before the run starts: a shape's phases, bound to one card.

Pure: no Locust here. When each request is sent follows from it in arrivals.py.
"""

import math
from dataclasses import dataclass
from typing import Literal

from components.card import Card

Length = float | Literal["scale_up_s", "scale_down_s"]
"""Seconds, or the card's own limit, so that a service that may take longer is watched longer."""

Level = float | Literal["full", "tenfold"]
"""Or: the most that all replicas were measured to carry, and ten times that."""

TENFOLD = 10
REFUSED_S = 0.25
"""The longest that a refusal may take: it costs the entry next to nothing, and no replica anything."""

SETTLE_S = 5.0
"""How long ready must stay at min before the fall counts as answered."""

MAX_CALLERS = 4000
"""One process with FastHttpUser carries them on half a core as long as most are waiting."""


@dataclass(frozen=True)
class Phase:
    """A straight stretch of load: level 0 is the card's base_rps, level 1 its peak_rps."""

    name: str
    seconds: Length
    start: Level
    end: Level


# calm: replicas at min. surge: the time that the card gives the scaler. plateau: judged by the SLO. ebb: back to min.
# A plateau under 50 s leaves p95 to chance: at 40 requests per second and 60 s it stands on 120 slower ones.
SHAPES: dict[str, tuple[Phase, ...]] = {
    "steady": (
        Phase("calm", 10, 0, 0),
        Phase("surge", "scale_up_s", 1, 1),
        Phase("plateau", 90, 1, 1),
        Phase("ebb", "scale_down_s", 0, 0),
    ),
    "swell": (
        Phase("calm", 20, 0, 0),
        Phase("rise", 15, 0, 1),
        Phase("surge", "scale_up_s", 1, 1),
        Phase("plateau", 60, 1, 1),
        Phase("ebb", "scale_down_s", 0, 0),
    ),
    "spike": (
        Phase("calm", 20, 0, 0),
        Phase("surge", "scale_up_s", 1, 1),
        Phase("plateau", 50, 1, 1),
        Phase("ebb", "scale_down_s", 0, 0),
    ),
    "diurnal": (
        Phase("night", 20, 0, 0),
        Phase("morning", 90, 0, 1),
        Phase("surge", "scale_up_s", 1, 1),
        Phase("plateau", 60, 1, 1),
        Phase("evening", 60, 1, 0),
        Phase("ebb", "scale_down_s", 0, 0),
    ),
    # Not a card's: bench/react.py asks how a step is met, not how it is left.
    "step": (
        Phase("calm", 20, 0, 0),
        Phase("surge", "scale_up_s", 1, 1),
        Phase("plateau", 50, 1, 1),
        Phase("ebb", 3, 0, 0),
    ),
    # Not a card's: what no promise covers. overload.py judges it.
    "overload": (
        Phase("calm", 10, 0, 0),
        Phase("surge", "scale_up_s", "full", "full"),
        Phase("plateau", 30, "full", "full"),
        Phase("overload", 30, "tenfold", "tenfold"),
        Phase("recovery", 30, 1, 1),
        Phase("ebb", "scale_down_s", 0, 0),
    ),
}


@dataclass(frozen=True)
class Stretch:
    """A phase on the run's clock, with its rates in requests per second."""

    name: str
    begin: float
    end: float
    rps_begin: float
    rps_end: float

    @property
    def slope(self) -> float:
        return (self.rps_end - self.rps_begin) / (self.end - self.begin)

    @property
    def requests(self) -> float:
        """The area under the curve: how many requests are expected."""
        return (self.end - self.begin) * (self.rps_begin + self.rps_end) / 2

    def rps(self, second: float) -> float:
        return self.rps_begin + self.slope * (second - self.begin)

    def seconds_until(self, requests: float) -> float:
        """How long after its begin so many are expected: the root of rps_begin t + slope t^2 / 2 = requests."""
        rates = self.rps_begin + math.sqrt(max(0.0, self.rps_begin**2 + 2 * self.slope * requests))
        return 2 * requests / rates if rates else 0.0  # of none, or of so few that their root is nought


class Load:
    """A card's load over time, in its own shape or another.

    `full_rps` is what all its replicas carry; the shape `overload` alone passes it.
    """

    def __init__(self, card: Card, shape: str | None = None, full_rps: float = 0.0):
        self.name = shape or card.load.shape
        self.base_rps, self.peak_rps, self.full_rps = card.load.base_rps, card.load.peak_rps, full_rps
        lengths = {"scale_up_s": card.slo.scale_up_s, "scale_down_s": card.slo.scale_down_s + SETTLE_S}
        self.stretches: list[Stretch] = []
        begin = 0.0
        for phase in SHAPES[self.name]:
            end = begin + (lengths[phase.seconds] if isinstance(phase.seconds, str) else phase.seconds)
            self.stretches.append(Stretch(phase.name, begin, end, self._rps(phase.start), self._rps(phase.end)))
            begin = end
        self.seconds = begin
        highest = max(each.rps_end for each in self.stretches)
        answered = min(highest, max(self.peak_rps, full_rps))  # the rest is refused, and soon
        self.callers = callers(answered, card.slo.timeout_s + 1)
        if highest > answered:
            self.callers += callers(highest - answered, REFUSED_S)
        if self.callers > MAX_CALLERS:
            raise ValueError(
                f"{card.name}/card.yaml: load.peak_rps {self.peak_rps:g} with slo.timeout_s {card.slo.timeout_s} needs "
                f"{self.callers} callers, and one generator has at most {MAX_CALLERS}. "
                "To fix: lower load.peak_rps or slo.timeout_s."
            )

    def _rps(self, level: Level) -> float:
        if isinstance(level, str):
            return self.full_rps * (TENFOLD if level == "tenfold" else 1)
        return self.base_rps + (self.peak_rps - self.base_rps) * level

    def at(self, second: float) -> Stretch:
        """The stretch that holds this second; the last one goes on for ever."""
        return next((s for s in self.stretches if second < s.end), self.stretches[-1])

    def offered(self, second: float) -> float:
        """Requests per second at this moment of the run."""
        stretch = self.at(second)
        return stretch.rps(min(max(second, stretch.begin), stretch.end))

    def named(self, name: str) -> Stretch:
        """The stretch of this name, which the shape must have."""
        return next(s for s in self.stretches if s.name == name)

    @property
    def plateau(self) -> Stretch:
        return self.named("plateau")

    @property
    def fall(self) -> float:
        """The second from which the base load alone is offered again."""
        return self.stretches[-1].begin


def callers(rps: float, longest_s: float) -> int:
    """How many must be at hand so that one is free for each arrival, though every request takes the longest time.

    Little's law gives the mean in flight; Poisson arrivals pass it by five deviations once in a million.
    """
    mean = rps * longest_s
    return math.ceil(mean + 5 * math.sqrt(mean)) + 1
