"""How many replicas a service has at four loads: what its card promises, by what a replica was measured to carry."""

from collections.abc import Mapping

from components.capacity import Capacity, predicted_replicas
from components.card import Card

POINTS = ("idle", "expected", "peak", "surge")


def replicas(card: Card, capacity: Capacity) -> Mapping[str, int]:
    """By load point.

    idle: nobody calls. expected: load.base_rps. peak: load.peak_rps. surge: more than was promised, up to scale.max.
    """
    return {
        "idle": card.scale.least,
        "expected": predicted_replicas(card, capacity, card.load.base_rps),
        "peak": predicted_replicas(card, capacity, card.load.peak_rps),
        "surge": card.scale.max,
    }
