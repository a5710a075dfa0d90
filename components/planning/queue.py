"""How many requests may wait at the entry, and when one that found no room may come again."""

import math

from components.capacity import Capacity
from components.card import Card
from components.planning import QUEUED

SHORTEST_QUEUE = 4
"""Chance alone brings so many together."""


def held(card: Card, capacity: Capacity) -> int:
    """Requests that the entry lets into a replica at once: those in work, and half of those that may wait; or all it
    can hold."""
    return min(capacity.in_flight, max(1, math.ceil(_in_work(capacity) + _waiting(card, capacity) / 2)))


def queue_length(card: Card, capacity: Capacity) -> int:
    """Requests that may wait at the entry: what the fewest replicas answer in time, beside those that they hold.

    A request waits for the replica that was chosen for it, so those to come do not shorten the queue. What waits longer
    ends in 504, and its replica works for nobody: with a queue as long as the timeout that is so for all of them.
    """
    left = _in_work(capacity) + _waiting(card, capacity) - held(card, capacity)
    return max(SHORTEST_QUEUE, math.floor(left * card.scale.awake))


def _in_work(capacity: Capacity) -> float:
    """Requests of a full replica that wait for no other: one that mostly waits itself works on many (Little's law)."""
    return capacity.full_rps * capacity.alone_s


def _waiting(card: Card, capacity: Capacity) -> float:
    """Requests that a full replica answers while the last of them may still wait."""
    return capacity.full_rps * max(0.0, card.slo.timeout_s * QUEUED - capacity.alone_s)


def retry_after_s(card: Card, capacity: Capacity) -> int:
    """When a refused caller may come again: once the queue that it met has been answered."""
    return math.ceil(queue_length(card, capacity) / (capacity.full_rps * card.scale.awake))
