"""Gateways: which pods are a Gateway's, which routes a listener takes, and whether those only send callers to TLS."""

from collections.abc import Iterator
from typing import Any

from policies.graph import Graph, Node
from policies.inputs import Inputs
from policies.kubernetes.relations import (
    NAME,
    NAME_LABEL,
    NAMESPACE,
    ROUTES,
    Place,
    namespace,
    place,
    room,
    selects,
    there,
)

GATEWAY = "kubernetes:gateway.networking.k8s.io/v1:Gateway"

OWNER_NAME, OWNER_NAMESPACE = (f"gateway.envoyproxy.io/owning-gateway-{part}" for part in ("name", "namespace"))
"""Labels of the pods that Envoy Gateway makes for a Gateway: https://gateway.envoyproxy.io/docs/tasks/operations/gateway-namespace-mode/"""

BY_TLS = ("HTTPS", "TLS")


def gateway_behind(graph: Graph, service: Node) -> Node | None:
    """The Gateway whose pods a Service sends to; None where those are anything else."""
    name = graph.meant(service, "spec.selector", [GATEWAY], NAME, key=OWNER_NAME)
    space = graph.meant(service, "spec.selector", [NAMESPACE], NAME, key=OWNER_NAMESPACE)
    return next(there(graph, (space, name), GATEWAY), None) if name and space else None


def takes(graph: Graph, gateway: Node, listener: Inputs) -> Iterator[Node]:
    """The routes that a listener takes: those that name it, or no listener at all, from namespaces that it lets in."""
    where = place(graph, gateway)
    for route in graph.of(*ROUTES):
        if _lets_in(graph, listener, where[0], namespace(graph, route)):
            for parent in route.each("spec.parentRefs"):
                if _parent(graph, route, parent) == where and parent.get("sectionName") in (None, listener.get("name")):
                    yield route


def sends_to_tls(route: Node) -> bool:
    """Whether all that a route does is to send callers to https."""
    rules = list(route.each("spec.rules"))
    return bool(rules) and all(any(map(_to_tls, rule.each("filters"))) for rule in rules)


def _to_tls(filtered: Inputs) -> bool:
    return filtered.get("type") == "RequestRedirect" and filtered.get("requestRedirect.scheme") == "https"


def _parent(graph: Graph, route: Node, parent: Inputs) -> Place:
    space = graph.meant(route, parent.path("namespace"), [NAMESPACE], NAME)
    return space or namespace(graph, route), str(graph.meant(route, parent.path("name"), [GATEWAY], NAME))


def _lets_in(graph: Graph, listener: Inputs, home: str, space: str) -> bool:
    """By default, routes of the Gateway's own namespace alone."""
    allowed: Any = listener.get("allowedRoutes.namespaces") or {}
    match allowed.get("from", "Same"):
        case "All":
            return True
        case "Selector":
            found = room(graph, space)
            labels = (found.get("metadata.labels") if found else None) or {}
            return selects(allowed.get("selector"), {**labels, NAME_LABEL: space})
        case _:
            return space == home
