"""The offered load, known for each second before the run starts: a shape's phases, bound to one card.

Pure: no Locust here. `Shape` in locustfile.py asks `Load.users` once a second.
"""

import math
from dataclasses import dataclass
from typing import Literal

from components.card import Card

Length = float | Literal["scale_up_s", "scale_down_s"]
"""Seconds, or the card's own limit, so that a service that may take longer is watched longer."""

SETTLE_S = 5.0
"""How long ready must stay at min before the fall counts as answered."""

MAX_USERS = 4000
"""One process with FastHttpUser carries them on half a core as long as most are waiting."""


@dataclass(frozen=True)
class Phase:
    """A straight stretch of load: level 0 is the card's base_rps, level 1 its peak_rps."""

    name: str
    seconds: Length
    start: float
    end: float


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
}


@dataclass(frozen=True)
class Stretch:
    """A phase on the run's clock, with its rates in requests per second."""

    name: str
    begin: float
    end: float
    rps_begin: float
    rps_end: float

    def rps(self, second: float) -> float:
        return self.rps_begin + (self.rps_end - self.rps_begin) * (second - self.begin) / (self.end - self.begin)


class Load:
    """A card's load over time.

    Each user sends one request per `cycle_s`, which is longer than any request may take: a slow service can therefore
    not slow the offered load down, and users / cycle_s is the offered rate, whatever the latency.
    """

    def __init__(self, card: Card):
        self.name = card.load.shape
        self.base_rps, self.peak_rps = card.load.base_rps, card.load.peak_rps
        self.cycle_s = card.slo.timeout_s + 1.0
        lengths = {"scale_up_s": card.slo.scale_up_s, "scale_down_s": card.slo.scale_down_s + SETTLE_S}
        self.stretches: list[Stretch] = []
        begin = 0.0
        for phase in SHAPES[self.name]:
            end = begin + (lengths[phase.seconds] if isinstance(phase.seconds, str) else phase.seconds)
            self.stretches.append(Stretch(phase.name, begin, end, self._rps(phase.start), self._rps(phase.end)))
            begin = end
        self.seconds = begin
        if (users := self._users(self.peak_rps)) > MAX_USERS:
            raise ValueError(
                f"{card.name}/card.yaml: load.peak_rps {self.peak_rps:g} with slo.timeout_s {card.slo.timeout_s} needs "
                f"{users} users, and one generator runs at most {MAX_USERS}. "
                "To fix: lower load.peak_rps or slo.timeout_s."
            )

    def _rps(self, level: float) -> float:
        return self.base_rps + (self.peak_rps - self.base_rps) * level

    def _users(self, rps: float) -> int:
        return max(1, round(rps * self.cycle_s))

    def at(self, second: float) -> Stretch:
        """The stretch that holds this second; the last one goes on for ever."""
        return next((s for s in self.stretches if second < s.end), self.stretches[-1])

    def offered(self, second: float) -> float:
        """Requests per second at this moment of the run."""
        stretch = self.at(second)
        return stretch.rps(min(max(second, stretch.begin), stretch.end))

    def users(self, second: float) -> int:
        """How many users offer that rate."""
        return self._users(self.offered(second))

    def requests(self) -> int:
        """The area under the curve: about how many requests a whole run sends."""
        return math.ceil(sum((s.end - s.begin) * (s.rps_begin + s.rps_end) / 2 for s in self.stretches))

    @property
    def plateau(self) -> Stretch:
        return next(s for s in self.stretches if s.name == "plateau")

    @property
    def fall(self) -> float:
        """The second from which the base load alone is offered again."""
        return self.stretches[-1].begin
