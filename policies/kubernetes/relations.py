"""How objects of a cluster belong together: by namespace, by label, and by the Service that a route names."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.graph import Graph, Node

NAMESPACE, SERVICE = "kubernetes:core/v1:Namespace", "kubernetes:core/v1:Service"
SERVICE_ACCOUNT = "kubernetes:core/v1:ServiceAccount"
SCALABLE = ("kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet")
WORKLOADS = (*SCALABLE, "kubernetes:apps/v1:DaemonSet")
"""What runs for as long as the stack does."""
ROUTES = ("kubernetes:gateway.networking.k8s.io/v1:HTTPRoute", "kubernetes:gateway.networking.k8s.io/v1:GRPCRoute")

NAME, TEMPLATE = "metadata.name", "spec.template"
NAME_LABEL = "kubernetes.io/metadata.name"
"""Of every namespace, its own name: https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-metadata-name"""

Place = tuple[str, str]
"""Namespace and name."""


def namespace(graph: Graph, node: Node) -> str:
    return graph.meant(node, "metadata.namespace", [NAMESPACE], NAME) or "default"


def place(graph: Graph, node: Node) -> Place:
    return namespace(graph, node), str(node.get(NAME))


def told(where: Place) -> str:
    return "/".join(where)


def of_kind(node: Node) -> str:
    return node.type.rpartition(":")[2]


def within(graph: Graph, space: str, *types: str) -> Iterator[Node]:
    """Objects of these types in a namespace."""
    return (each for each in graph.of(*types) if namespace(graph, each) == space)


def there(graph: Graph, where: Place, *types: str) -> Iterator[Node]:
    """Those of that name, of which a cluster has one a type."""
    return (each for each in graph.of(*types) if place(graph, each) == where)


def room(graph: Graph, space: str) -> Node | None:
    """The Namespace of that name; None where the stack does not make it."""
    return next((each for each in graph.of(NAMESPACE) if each.get(NAME) == space), None)


def pod_labels(workload: Node) -> Mapping[str, Any]:
    return workload.get(f"{TEMPLATE}.metadata.labels") or {}


def selects(selector: Mapping[str, Any] | None, labels: Mapping[str, Any]) -> bool:
    """A LabelSelector: an empty one takes everything, none takes nothing.

    https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#resources-that-support-set-based-requirements
    """
    if selector is None:
        return False
    exact = all(labels.get(key) == value for key, value in (selector.get("matchLabels") or {}).items())
    return exact and all(_meets(each, labels) for each in selector.get("matchExpressions") or ())


def _meets(wanted: Mapping[str, Any], labels: Mapping[str, Any]) -> bool:
    value, values = labels.get(wanted["key"]), wanted.get("values") or ()
    return {
        "In": value in values,
        "NotIn": value not in values,
        "Exists": value is not None,
        "DoesNotExist": value is None,
    }[wanted["operator"]]


def behind(graph: Graph, service: Node) -> Iterator[Node]:
    """The workloads whose pods a Service sends to."""
    selector = service.get("spec.selector")
    if selector:
        for each in within(graph, namespace(graph, service), *WORKLOADS):
            if selects({"matchLabels": selector}, pod_labels(each)):
                yield each


def backends(graph: Graph, route: Node) -> Iterator[Node]:
    """The Services of the stack that a route sends to."""
    home = namespace(graph, route)
    for rule in route.each("spec.rules"):
        for backend in rule.each("backendRefs"):
            if backend.get("kind") in (None, "Service"):
                name = graph.meant(route, backend.path("name"), [SERVICE], NAME)
                space = graph.meant(route, backend.path("namespace"), [NAMESPACE], NAME) or home
                yield from there(graph, (space, str(name)), SERVICE)


def served(graph: Graph) -> Iterator[Node]:
    """Workloads that a route leads to: the services."""
    for route in graph.of(*ROUTES):
        for service in backends(graph, route):
            yield from behind(graph, service)
