"""When a service gets another replica: three questions to Prometheus, their targets from the card and its measurement.

In flight now, what waits at the entry included, sees a surge within a second, and reads near nothing between requests.
Mean in flight over a quarter of `slo.scale_down_s` is steady and holds the replicas, and sees a surge late; over 10 s
it sees a rise, with a target that chance does not reach (`planning/signals.py`). The autoscaler takes the largest
answer. The means count a request as at least its measured response time: on a quick day they would else let a replica
go that the rate still needs. What a replica holds ends at `in_flight`; the entry's queue says how much more there is.
"""

import math
from collections.abc import Sequence
from typing import get_args

from components.capacity import Capacity
from components.card import Card
from components.objects import Document
from components.planning import POLLING_S
from components.planning.signals import IN_FLIGHT_NOW, Mean, means, quarter_s, surge_target
from components.scale import Day, Window

STEP_S = 5
"""Between two steps down."""

PODS_A_STEP_UP = 4
"""Or twice as many as there are, where that is more: hundreds of replicas would else take minutes to be asked for."""

NO_TRAFFIC = 'endpoint!~"/(livez|readyz|healthz|metrics)"'
"""Answers to probes are no load."""

DAYS = get_args(Day)


def pods_a_step_down(card: Card) -> int:
    """So many that all steps from max to min fit into a quarter of the time that the card allows."""
    steps = card.slo.scale_down_s // 4 // STEP_S
    return max(1, math.ceil((card.scale.max - card.scale.least) / steps))


def cooldown_s(card: Card) -> int:
    """Seconds after the means have forgotten the last request, after which the last replica goes."""
    return card.slo.scale_down_s // 2


def now_query(card: Card) -> str:
    """Requests at replicas and those that wait at the entry, in PromQL; Envoy counts each in one of the two."""
    # The series are absent until the first request.
    return f"sum({{__name__=~'envoy_cluster_upstream_rq_(active|pending_active)',{_at_entry(card)}}}) or vector(0)"


def mean_query(card: Card, capacity: Capacity, mean: Mean) -> str:
    """Mean in flight and waiting over its window, and what the standby replicas would hold at its target, in PromQL.

    In flight as the replicas saw it, or what the rate makes of it at the measured response time if that is more.
    """
    seen, window = f'app="{card.name}",{NO_TRAFFIC}', f"[{mean.window_s}s]"
    duration = "bentoml_service_request_duration_seconds"
    busy = f"sum(rate({duration}_sum{{{seen}}}{window}))"
    work = f"sum(rate({duration}_count{{{seen}}}{window})) * {capacity.response_ms / 1000:g}"
    # A mean of samples would flap for what comes and goes within milliseconds; a queue lasts, or is nought.
    waiting = f"sum(avg_over_time(envoy_cluster_upstream_rq_pending_active{{{_at_entry(card)}}}{window}))"
    standby = card.scale.standby * mean.target
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
                        "stabilizationWindowSeconds": quarter_s(card),
                        "policies": [{"type": "Pods", "value": pods_a_step_down(card), "periodSeconds": STEP_S}],
                    },
                }
            }
        },
        "triggers": [
            _asked(IN_FLIGHT_NOW, prometheus, now_query(card), f"{surge_target(card, capacity)}"),
            *(
                _asked(each.name, prometheus, mean_query(card, capacity, each), f"{each.target:g}")
                for each in means(card, capacity)
            ),
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
