"""Services that may be at zero: what their scaler says holds requests meanwhile is there, and the entry finds it."""

from collections.abc import Iterator

from components.naming import HELD_BY
from policies.graph import Graph, Node, StackRule
from policies.kubernetes.relations import NAME, ROUTES, SERVICE, backends, behind, namespace, there, within
from policies.kubernetes.scalers import SCALED_OBJECT, scales
from policies.rule import Finding

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
SLICE, OF_SERVICE = "kubernetes:discovery.k8s.io/v1:EndpointSlice", "kubernetes.io/service-name"
"""A slice is of the Service that this label names:
https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#ownership"""
ADDRESS = "spec.clusterIP"


def _held(scaler: Node, graph: Graph) -> Iterator[Finding]:
    if scaler.get("spec.minReplicaCount"):
        return
    name = graph.meant(scaler, "metadata.annotations", [DEPLOYMENT], NAME, key=HELD_BY)
    if name is None:  # of which model-scaler-keeps-one tells
        return
    at, space = f"metadata.annotations.{HELD_BY}", namespace(graph, scaler)
    room = next(there(graph, (space, name), DEPLOYMENT), None)
    if room is None:
        yield Finding(at, f"{name!r}, a Deployment that the stack does not make in {space}")
        return
    if room.get("spec.replicas") == 0:
        yield Finding(at, f"{name!r}, a Deployment with spec.replicas 0")
    for service in _called(graph, scaler):
        if not any(_leads(graph, each, room) for each in _slices(graph, service)):
            yield Finding(at, f"{name!r}, to which no EndpointSlice of Service {service.get(NAME)!r} leads")


def _called(graph: Graph, scaler: Node) -> Iterator[Node]:
    """The Services by which routes lead to what it scales, each once."""
    routed = dict.fromkeys(service for route in graph.of(*ROUTES) for service in backends(graph, route))
    return (each for each in routed if any(scales(graph, scaler, workload) for workload in behind(graph, each)))


def _slices(graph: Graph, service: Node) -> Iterator[Node]:
    for each in within(graph, namespace(graph, service), SLICE):
        if graph.meant(each, "metadata.labels", [SERVICE], NAME, key=OF_SERVICE) == service.get(NAME):
            yield each


def _leads(graph: Graph, endpoints: Node, room: Node) -> bool:
    """By the address of a Service of the room; of more addresses than one an endpoint, nobody reads the others."""
    of_room = [each for each in within(graph, namespace(graph, room), SERVICE) if room in behind(graph, each)]
    addresses = {each.known_by(ADDRESS) for each in of_room}
    named = (each.path("addresses.0") for each in endpoints.each("endpoints"))
    return any(graph.meant(endpoints, path, [SERVICE], ADDRESS) in addresses for path in named)


held = StackRule(
    name="stack-zero-held",
    on=(SCALED_OBJECT,),
    severity="medium",
    must="A service that may be at zero must have the waiting room that its scaler names, with a replica and an "
    "EndpointSlice that leads there, or the entry answers 503 to the request that should start one.",
    fix="make that Deployment, its Service and an EndpointSlice of the scaled service with that Service's cluster IP, "
    "all in the scaler's namespace, as ModelService does, or set minReplicaCount to 1 or more",
    check=_held,
)

RULES = [held]
