"""What a service's scaling will do, told before it does it; pure, so that preview and load test can both ask."""

import math

from components.capacity import Capacity
from components.card import Card
from components.validation import InvalidFile

SCRAPE_S = 1
"""Between two looks of Prometheus at a replica."""
SCHEDULE_S = 1
"""From an autoscaler's order to a pod on a node that has room."""

DEFAULT_SYNC_S = 15
"""Between two looks of the autoscaler: kube-controller-manager's own, which EKS and GKE do not let anyone set."""


def reaction_s(capacity: Capacity, sync_s: float) -> float:
    """The longest from a surge to a ready replica, on a node that has room for it."""
    return SCRAPE_S + sync_s + SCHEDULE_S + capacity.start_s


POLLING_S = 1
"""Between two looks of KEDA at a service that is at zero, which no autoscaler looks at."""
NOTICED_S = 1
"""From a replica that could answer to one that is called ready."""
QUEUED = 0.5
"""Of the timeout: how long what is let in may take once there is a replica, the wait included. The rest is for a start
from zero, or for a machine slower than the one that was measured: one slower by more serves what nobody waits for."""


def wake_s(capacity: Capacity) -> float:
    """The longest from the first request at zero to a ready replica, on a node that has room for it."""
    return SCRAPE_S + POLLING_S + SCHEDULE_S + capacity.start_s + NOTICED_S


def require_wake(card: Card, capacity: Capacity) -> None:
    """InvalidFile where a request that comes at zero would be given up before there is a replica."""
    if card.scale.min:
        return
    wake, least = wake_s(capacity), math.ceil(wake_s(capacity) / (1 - QUEUED))
    if least > card.slo.timeout_s:
        raise InvalidFile(
            f"bentos/{card.name}/card.yaml",
            [
                f"slo.timeout_s must be at least {least} where scale.min is 0, since a replica is ready after {wake:g} "
                f"s and has as long again to answer what waited, got {card.slo.timeout_s}. To fix: raise "
                "slo.timeout_s, or scale.min to 1."
            ],
        )


def require_reaction(card: Card, capacity: Capacity, sync_s: float) -> None:
    """InvalidFile where a platform whose autoscaler looks each `sync_s` cannot do what the card promises."""
    least = reaction_s(capacity, sync_s)
    if least > card.slo.scale_up_s:
        raise InvalidFile(
            f"bentos/{card.name}/card.yaml",
            [
                f"slo.scale_up_s must be at least {least:g} on this platform ({SCRAPE_S} s to be seen, {sync_s:g} s "
                f"between two looks of the autoscaler, {SCHEDULE_S} s to be scheduled, {capacity.start_s:g} s to "
                f"start), got {card.slo.scale_up_s}. To fix: raise slo.scale_up_s, or choose a larger size."
            ],
        )
