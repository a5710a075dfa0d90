"""How many requests may wait at the entry, and when one that found no room may come again."""

import math

from components.capacity import Capacity
from components.card import Card

IN_TIME = 0.5
"""Of the timeout: how long what is let in may take, the wait included. The rest is for a machine slower than the
one that was measured: one slower by more serves what nobody waits for any more."""

SHORTEST_QUEUE = 16
"""Chance alone brings so many together."""


def queue_length(card: Card, capacity: Capacity) -> int:
    """Requests that may wait at the entry: what the fewest replicas answer in time, beside those that they hold.

    A request waits for the replica that was chosen for it, so those to come do not shorten the queue. What waits longer
    ends in 504, and its replica works for nobody: with a queue as long as the timeout that is so for all of them.
    """
    per_replica = capacity.rps_per_replica * card.slo.timeout_s * IN_TIME - capacity.in_flight
    return max(SHORTEST_QUEUE, math.floor(per_replica * card.scale.least))


def retry_after_s(card: Card, capacity: Capacity) -> int:
    """When a refused caller may come again: once the queue that it met has been answered."""
    return math.ceil(queue_length(card, capacity) / (capacity.rps_per_replica * max(1, card.scale.least)))
