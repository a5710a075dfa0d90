"""When a service gets another replica: two questions to Prometheus, their targets from the card and its measurement.

In flight now, what waits at the entry included, sees a surge within a second, and reads near nothing between requests.
Mean in flight over a window is steady and holds the replicas, and sees a surge late. The autoscaler takes the larger
answer. The mean counts a request as at least its measured response time: on a quick day it would else let a replica go
that the rate still needs. What a replica holds ends at `in_flight`; the entry's queue says how much more there is.
"""

import math
from collections.abc import Sequence
from typing import get_args

from components.capacity import Capacity
from components.card import Card
from components.objects import Document
from components.planning import MEAN_WINDOW_S, POLLING_S
from components.planning.fluid import IN_FLIGHT_MEAN, IN_FLIGHT_NOW
from components.planning.plan import planned_rps
from components.scale import Day, Window

SURGE_SHARE = 0.25
"""Of the p95 that requests in flight may stand for before they count as a surge."""

STEP_S = 5
"""Between two steps down."""

LONGEST_SETTLING_S = 60
PODS_A_STEP_UP = 4
"""Or twice as many as there are, where that is more: hundreds of replicas would else take minutes to be asked for."""

NO_TRAFFIC = 'endpoint!~"/(livez|readyz|healthz|metrics)"'
"""Answers to probes are no load."""

DAYS = get_args(Day)


def mean_target(card: Card, capacity: Capacity) -> float:
    """Mean requests in flight of a replica at the rate that leaves the card's spare (Little's law)."""
    return round(planned_rps(card, capacity) * capacity.response_ms / 1000, 3)


def surge_target(card: Card, capacity: Capacity) -> int:
    """Requests in flight whose work takes a quarter of the SLO, or that chance alone hardly brings together.

    At most half of what the entry lets in, so that a full replica always asks for another.
    """
    work = SURGE_SHARE * card.slo.p95_ms / 1000 * capacity.full_rps
    mean = mean_target(card, capacity)
    # Random arrivals: one reading a second passes the mean by three deviations once in a quarter of an hour.
    noise = mean + 3 * math.sqrt(mean) + 1
    return max(1, min(math.floor(max(work, noise)), capacity.in_flight // 2))


def settling_s(card: Card) -> int:
    """Seconds for which fewer replicas must have been enough."""
    return min(LONGEST_SETTLING_S, card.slo.scale_down_s // 6)


def pods_a_step_down(card: Card) -> int:
    """So many that all steps from max to min fit into a third of the time that the card allows."""
    steps = card.scale.max - card.scale.least
    return max(1, math.ceil(steps * STEP_S / (card.slo.scale_down_s / 3)))


def cooldown_s(card: Card) -> int:
    """Seconds without a request, and a mean that has forgotten the last, after which the last replica goes."""
    return card.slo.scale_down_s // 2


def now_query(card: Card) -> str:
    """Requests at replicas and those that wait at the entry, in PromQL; Envoy counts each in one of the two."""
    # The series are absent until the first request.
    return f"sum({{__name__=~'envoy_cluster_upstream_rq_(active|pending_active)',{_at_entry(card)}}}) or vector(0)"


def mean_query(card: Card, capacity: Capacity) -> str:
    """Mean in flight and waiting, and what the standby replicas would hold, in PromQL.

    In flight as the replicas saw it, or what the rate makes of it at the measured response time if that is more.
    """
    seen, window = f'app="{card.name}",{NO_TRAFFIC}', f"[{MEAN_WINDOW_S}s]"
    duration = "bentoml_service_request_duration_seconds"
    busy = f"sum(rate({duration}_sum{{{seen}}}{window}))"
    work = f"sum(rate({duration}_count{{{seen}}}{window})) * {capacity.response_ms / 1000:g}"
    # A mean of samples would flap for what comes and goes within milliseconds; a queue lasts, or is nought.
    waiting = f"sum(avg_over_time(envoy_cluster_upstream_rq_pending_active{{{_at_entry(card)}}}{window}))"
    standby = card.scale.standby * mean_target(card, capacity)
    return f"({busy} > {work} or {work} or vector(0)) + ({waiting} or vector(0))" + f" + {standby:g}" * bool(standby)


def _at_entry(card: Card) -> str:
    # Envoy Gateway names a cluster for each rule of a route; routes attach from the services' namespace alone.
    return f'app="entry",envoy_cluster_name=~"httproute/[^/]+/{card.name}/rule/.*"'


def scaled_object_spec(card: Card, capacity: Capacity, prometheus: str) -> Document:
    """The spec of a KEDA ScaledObject for the Deployment of the card's name."""
    return {
        "scaleTargetRef": {"name": card.name},
        "minReplicaCount": card.scale.least,
        "maxReplicaCount": card.scale.max,
        **_between_none_and_one(card),
        "advanced": {
            "horizontalPodAutoscalerConfig": {
                "behavior": {
                    "scaleUp": {
                        "stabilizationWindowSeconds": 0,
                        "policies": [
                            {"type": "Pods", "value": PODS_A_STEP_UP, "periodSeconds": 1},
                            {"type": "Percent", "value": 100, "periodSeconds": 1},
                        ],
                    },
                    "scaleDown": {
                        "stabilizationWindowSeconds": settling_s(card),
                        "policies": [{"type": "Pods", "value": pods_a_step_down(card), "periodSeconds": STEP_S}],
                    },
                }
            }
        },
        "triggers": [
            _asked(IN_FLIGHT_NOW, prometheus, now_query(card), f"{surge_target(card, capacity)}"),
            _asked(IN_FLIGHT_MEAN, prometheus, mean_query(card, capacity), f"{mean_target(card, capacity):g}"),
            *(_scheduled(number, each) for number, each in enumerate(card.scale.schedule)),
        ],
    }


def _between_none_and_one(card: Card) -> Document:
    """KEDA's own part; the autoscaler looks at a service that has replicas.

    What the waiting room holds wakes the service: to Envoy it is a request in flight at one of its endpoints.
    """
    if card.scale.min:
        return {"pollingInterval": 2}
    return {"pollingInterval": POLLING_S, "cooldownPeriod": cooldown_s(card)}


def _scheduled(number: int, window: Window) -> Document:
    """KEDA's cron trigger: https://keda.sh/docs/2.18/scalers/cron/"""
    overnight = window.end <= window.start
    ends = [DAYS[(DAYS.index(day) + overnight) % len(DAYS)] for day in window.days]
    return {
        "type": "cron",
        "name": f"schedule-{number}",
        "metadata": {
            "timezone": window.timezone,
            "start": _cron(window.start, window.days),
            "end": _cron(window.end, ends),
            "desiredReplicas": f"{window.replicas}",
        },
    }


def _cron(clock: str, days: Sequence[str]) -> str:
    hour, minute = clock.split(":")
    return f"{int(minute)} {int(hour)} * * {','.join(days)}"


def _asked(name: str, prometheus: str, query: str, threshold: str) -> Document:
    return {
        "type": "prometheus",
        "name": name,
        "metricType": "AverageValue",
        "metadata": {"serverAddress": prometheus, "query": query, "threshold": threshold},
    }
