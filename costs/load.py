"""How many replicas a service has at four loads: what its card promises, by what a replica was measured to carry."""

from collections.abc import Iterable, Mapping

from components.capacity import Capacity, predicted_replicas
from components.card import Card
from components.naming import CAPACITY
from costs.resources import Resource, of_type

POINTS = ("idle", "expected", "peak", "surge")


def planned_capacity(resources: Iterable[Resource], card: Card) -> Capacity | None:
    """The measurement that a plan rests on, as the service's Deployment declares it; None where it deploys none."""
    for each in of_type(resources, "kubernetes:apps/v1:Deployment"):
        if each.get("metadata.name") == card.name and (told := (each.get("metadata.annotations") or {}).get(CAPACITY)):
            return Capacity.model_validate_json(told)
    return None


def planned_loads(resources: Iterable[Resource], cards: Iterable[Card]) -> dict[str, Mapping[str, int]]:
    """Replicas by service and load point, of those services that the plan deploys."""
    resources = list(resources)
    measured = ((card, planned_capacity(resources, card)) for card in cards)
    return {card.name: replicas(card, capacity) for card, capacity in measured if capacity}


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
