"""How requests reach a service: a path at the entry, the least busy replica, a queue, and an early refusal past it."""

import pulumi

from components.capacity import Capacity
from components.card import Card
from components.objects import Document
from components.planning.queue import held, queue_length, retry_after_s

PORT = 80
"""Of the service inside the cluster."""

REUSE_S = 3
"""Envoy drops a connection that was idle this long, before the service does (5 s): a request sent into one that is
closing would be lost."""

RETRIES = 2
RETRIES_AT_ZERO = 5
"""Besides the waiting room Envoy lists the replica that starts, and takes the one with fewer requests."""
LAST_RESORT = {"panicThreshold": 1}
"""Percent of the endpoints: where fewer are ready, the others get requests too, the waiting room among them. Envoy's
own 50 would send two of three requests to replicas that start, whenever one replica becomes three."""
ACCEPTED = {"pulumi.com/waitFor": 'jsonpath={.status.parents[0].conditions[?(@.type=="Accepted")].status}=True'}
"""Annotation of a route: an up is done only when the entry has taken it over."""

NOT_BEGUN = ["connect-failure", "refused-stream", "reset-before-request"]
"""Failures after which no replica can have begun the request, so that a second try never does the work twice."""


def route_spec(card: Card, gateway: pulumi.Input[str]) -> Document:
    """HTTPRoute: `/<name>/...` at the entry is `/...` at the service."""
    rewrite = {"type": "URLRewrite", "urlRewrite": {"path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/"}}}
    return {
        "parentRefs": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": gateway}],
        "rules": [
            {
                "matches": [{"path": {"type": "PathPrefix", "value": f"/{card.name}/"}}],
                "filters": [rewrite],
                "backendRefs": [{"group": "", "kind": "Service", "name": card.name, "port": PORT}],
            }
        ],
    }


def traffic_policy_spec(card: Card, capacity: Capacity) -> Document:
    """BackendTrafficPolicy. Towards a replica a connection is a request (HTTP/1.1), so connections bound the load."""
    return {
        "targetRefs": [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "name": card.name}],
        "loadBalancer": {"type": "LeastRequest"},
        "circuitBreaker": {
            "perEndpoint": {"maxConnections": held(card, capacity)},
            "maxConnections": capacity.in_flight * card.scale.max * 2,  # a rolling update has both generations
            "maxPendingRequests": queue_length(card, capacity),
            "maxParallelRequests": capacity.in_flight * card.scale.max * 2 + queue_length(card, capacity),
        },
        "timeout": {
            "tcp": {"connectTimeout": "2s"},
            "http": {"requestTimeout": f"{card.slo.timeout_s}s", "connectionIdleTimeout": f"{REUSE_S}s"},
        },
        "retry": {
            "numRetries": RETRIES if card.scale.min else RETRIES_AT_ZERO,
            "retryOn": {"triggers": NOT_BEGUN},
        },
        "healthCheck": LAST_RESORT,
    }


def refusal_spec(card: Card, capacity: Capacity) -> Document:
    """EnvoyExtensionPolicy: what the queue has no room for is 429 with Retry-After. Envoy itself says 503.

    Only Envoy's circuit breaker sets `x-envoy-overloaded`; any other 503 stays what it is.
    """
    return {
        "targetRefs": [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "name": card.name}],
        "lua": [{"type": "Inline", "inline": REFUSAL.format(seconds=retry_after_s(card, capacity))}],
    }


REFUSAL = """\
function envoy_on_response(handle)
  local headers = handle:headers()
  if headers:get("x-envoy-overloaded") then
    headers:replace(":status", "429")
    headers:replace("retry-after", "{seconds}")
    headers:remove("x-envoy-overloaded")
  end
end
"""


def url(entry: str, card: Card) -> str:
    """Where callers find the service."""
    return f"{entry}/{card.name}"
