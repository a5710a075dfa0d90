"""When a service gets another replica: two questions to Prometheus, their targets from the card and its measurement.

In flight now sees a surge within a second, and reads near nothing between requests. Mean in flight over a window is
steady and holds the replicas, and sees a surge late. The autoscaler takes the larger answer. The mean counts a request
as at least its measured service time: on a quick day it would else let a replica go that the rate still needs.
"""

import math

from components.capacity import Capacity
from components.card import Card
from components.objects import Document
from components.planning import MEAN_WINDOW_S
from components.planning.fluid import IN_FLIGHT_MEAN, IN_FLIGHT_NOW

SURGE_SHARE = 0.25
"""Of the p95 that requests in flight may stand for before they count as a surge."""

STEP_S = 5
"""Between two steps down."""

LONGEST_SETTLING_S = 60
MOST_PODS_A_STEP_UP = 4

NO_TRAFFIC = 'endpoint!~"/(livez|readyz|healthz|metrics)"'
"""Answers to probes are no load."""


def mean_target(card: Card, capacity: Capacity) -> float:
    """Mean requests in flight of a replica at the rate that leaves the card's spare (Little's law)."""
    rate = capacity.rps_per_replica / (1 + card.scale.spare)
    return round(rate * capacity.service_time_ms.mean / 1000, 3)


def surge_target(card: Card, capacity: Capacity) -> int:
    """Requests in flight whose work takes a quarter of the SLO, or that chance alone hardly brings together.

    At most half of what the entry lets in, so that a full replica always asks for another.
    """
    work = SURGE_SHARE * card.slo.p95_ms / capacity.service_time_ms.mean
    mean = mean_target(card, capacity)
    # Random arrivals: one reading a second passes the mean by three deviations once in a quarter of an hour.
    noise = mean + 3 * math.sqrt(mean) + 1
    return max(1, min(math.floor(max(work, noise)), capacity.in_flight // 2))


def settling_s(card: Card) -> int:
    """Seconds for which fewer replicas must have been enough."""
    return min(LONGEST_SETTLING_S, card.slo.scale_down_s // 6)


def pods_a_step_down(card: Card) -> int:
    """So many that all steps from max to min fit into a third of the time that the card allows."""
    steps = card.scale.max - card.scale.min
    return max(1, math.ceil(steps * STEP_S / (card.slo.scale_down_s / 3)))


def mean_query(seen: str, capacity: Capacity) -> str:
    """Mean in flight, in PromQL: as seen, or what the rate makes of it at the measured service time if that is more."""
    duration = "bentoml_service_request_duration_seconds"
    busy = f"sum(rate({duration}_sum{{{seen}}}[{MEAN_WINDOW_S}s]))"
    work = f"sum(rate({duration}_count{{{seen}}}[{MEAN_WINDOW_S}s])) * {capacity.service_time_ms.mean / 1000:g}"
    return f"{busy} > {work} or {work} or vector(0)"


def scaled_object_spec(card: Card, capacity: Capacity, prometheus: str) -> Document:
    """The spec of a KEDA ScaledObject for the Deployment of the card's name."""
    seen = f'app="{card.name}",{NO_TRAFFIC}'
    # The series are absent until the first request.
    now = f"sum(bentoml_service_request_in_progress{{{seen}}}) or vector(0)"
    return {
        "scaleTargetRef": {"name": card.name},
        "minReplicaCount": card.scale.min,
        "maxReplicaCount": card.scale.max,
        "pollingInterval": 2,
        "advanced": {
            "horizontalPodAutoscalerConfig": {
                "behavior": {
                    "scaleUp": {
                        "stabilizationWindowSeconds": 0,
                        "policies": [{"type": "Pods", "value": MOST_PODS_A_STEP_UP, "periodSeconds": 1}],
                    },
                    "scaleDown": {
                        "stabilizationWindowSeconds": settling_s(card),
                        "policies": [{"type": "Pods", "value": pods_a_step_down(card), "periodSeconds": STEP_S}],
                    },
                }
            }
        },
        "triggers": [
            _trigger(IN_FLIGHT_NOW, prometheus, now, f"{surge_target(card, capacity)}"),
            _trigger(IN_FLIGHT_MEAN, prometheus, mean_query(seen, capacity), f"{mean_target(card, capacity):g}"),
        ],
    }


def _trigger(name: str, prometheus: str, query: str, threshold: str) -> Document:
    return {
        "type": "prometheus",
        "name": name,
        "metricType": "AverageValue",
        "metadata": {"serverAddress": prometheus, "query": query, "threshold": threshold},
    }
