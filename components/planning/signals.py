"""What the scaler asks of a service's requests: three readings, from the quickest to the steadiest.

Each has the noise of random arrivals, the more of it the shorter it looks back, and so a target that is the higher. One
mean of 10 s with one target let a second replica come and go within the plateau of a minute in 27 of 60 simulated
loads of 11 requests a second, of which one replica was to carry 11.5; the three do in 4, and order 1.4 s later.
"""

import math
from dataclasses import dataclass

from components.capacity import Capacity
from components.card import Card
from components.planning.plan import planned_rps

IN_FLIGHT_NOW, IN_FLIGHT_RISING, IN_FLIGHT_MEAN = "in-flight-now", "in-flight-rising", "in-flight-mean"
"""Names of a ScaledObject's triggers: a surge, a rise, and what holds the replicas."""
SIGNALS = {IN_FLIGHT_NOW, IN_FLIGHT_RISING, IN_FLIGHT_MEAN}

RISING_WINDOW_S = 10
LONGEST_WINDOW_S = 60

SURGE_SHARE = 0.25
"""Of the p95 that requests in flight may stand for before they count as a surge."""
SURGE_DEVIATIONS = 5
"""Above the mean: requests queue, so many more come together than by Poisson's law."""
RISE_DEVIATIONS = 2
"""Above the mean, of the requests that one replica answers within the window."""


@dataclass(frozen=True)
class Mean:
    """Of the requests in flight and waiting."""

    name: str
    window_s: int
    target: float
    """For one replica."""


def means(card: Card, capacity: Capacity) -> tuple[Mean, Mean]:
    """The one that sees a rise, and the one that holds the replicas."""
    return (
        Mean(IN_FLIGHT_RISING, RISING_WINDOW_S, rising_target(card, capacity)),
        Mean(IN_FLIGHT_MEAN, quarter_s(card), mean_target(card, capacity)),
    )


def quarter_s(card: Card) -> int:
    """Of the time that a card leaves its replicas to go: to forget the load, to be sure, to step down, to drain."""
    return min(LONGEST_WINDOW_S, card.slo.scale_down_s // 4)


def mean_target(card: Card, capacity: Capacity) -> float:
    """Mean requests in flight of a replica at the rate that leaves the card's spare (Little's law)."""
    return round(planned_rps(card, capacity) * capacity.response_ms / 1000, 3)


def rising_target(card: Card, capacity: Capacity) -> float:
    """The same over the shorter window, and what chance adds to it."""
    chance = RISE_DEVIATIONS / math.sqrt(planned_rps(card, capacity) * RISING_WINDOW_S)
    return round(mean_target(card, capacity) * (1 + chance), 3)


def surge_target(card: Card, capacity: Capacity) -> int:
    """Requests in flight whose work takes a quarter of the SLO, or that chance alone hardly brings together.

    At most half of what the entry lets in, so that a full replica always asks for another.
    """
    work = SURGE_SHARE * card.slo.p95_ms / 1000 * capacity.full_rps
    mean = mean_target(card, capacity)
    chance = mean + SURGE_DEVIATIONS * math.sqrt(mean) + 1
    return max(1, min(math.floor(max(work, chance)), capacity.in_flight // 2))
