"""Load balancers that everybody reaches: what makes one public, by what each cloud takes for granted."""

from collections.abc import Callable, Mapping
from typing import Any

from policies.graph import Graph, Node
from policies.inputs import Inputs
from policies.kubernetes.gateways import GATEWAY
from policies.kubernetes.relations import NAME, SERVICE, Place, namespace, there
from policies.rule import Finding
from policies.values import narrow

INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
PROXY = "kubernetes:gateway.envoyproxy.io/v1alpha1:EnvoyProxy"

AWS_SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme"
INTERNAL: Mapping[str, str] = {
    AWS_SCHEME: "internal",
    "service.beta.kubernetes.io/aws-load-balancer-internal": "true",
    "networking.gke.io/load-balancer-type": "Internal",
    "cloud.google.com/load-balancer-type": "Internal",
}
"""Annotations by which a Service's balancer is for the network alone; without one, nearly all are for everybody."""
INTERNET_FACING: Mapping[str, str] = {AWS_SCHEME: "internet-facing"}
"""Those that undo each of them."""
INTERNAL_CLASSES = ("eks.amazonaws.com/nlb", "service.k8s.aws/nlb")
"""Of balancers that are internal by default: https://docs.aws.amazon.com/eks/latest/userguide/auto-configure-nlb.html"""

OF_THE_CLOUD = "gke-l7-"
"""What begins the classes of Gateways that are balancers themselves."""
INTERNAL_GATEWAYS = ("rilb", "internal")
"""https://cloud.google.com/kubernetes-engine/docs/concepts/gateway-api#gatewayclass"""

INGRESS_CLASS, INGRESS_SCHEME = "kubernetes.io/ingress.class", "alb.ingress.kubernetes.io/scheme"
INTERNAL_INGRESSES = ("alb", "gce-internal")
"""https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/#scheme and
https://cloud.google.com/kubernetes-engine/docs/concepts/ingress-ilb"""

EXTERNAL_SCHEMES = (None, "EXTERNAL", "EXTERNAL_MANAGED")
"""Of forwarding rules: https://cloud.google.com/compute/docs/reference/rest/v1/forwardingRules"""


def public(graph: Graph, door: Node) -> Finding | None:
    """What lets everybody in; None where nothing does."""
    return _PUBLIC[door.type](graph, door)


def is_a_balancer(gateway: Node) -> bool:
    """Whether the cloud itself serves it; else pods do, behind a Service of theirs."""
    return str(gateway.get("spec.gatewayClassName")).startswith(OF_THE_CLOUD)


def _service(_: Graph, door: Node) -> Finding | None:
    if door.get("spec.type") != "LoadBalancer":
        return None
    ranges = door.get("spec.loadBalancerSourceRanges")
    annotated = _annotation(door.inputs, "metadata.annotations")
    if (ranges and all(map(narrow, ranges))) or _internal(annotated, door.get("spec.loadBalancerClass")):
        return None
    return Finding("spec.type", "'LoadBalancer' for everybody")


def _gateway(graph: Graph, door: Node) -> Finding | None:
    """In front of a Gateway that is served in the cluster, its controller puts a Service of its own."""
    called = str(door.get("spec.gatewayClassName"))
    finding = Finding("spec.gatewayClassName", f"{called!r} for everybody")
    if is_a_balancer(door):
        return None if any(each in called for each in INTERNAL_GATEWAYS) else finding
    if _internal(_annotation(door.inputs, "spec.infrastructure.annotations"), None):
        return None
    service = _service_of_the_controller(graph, door)
    kind = service.get("type") or "LoadBalancer" if service else "LoadBalancer"
    if kind != "LoadBalancer":
        return None
    if service and _internal(_annotation(service, "annotations"), service.get("loadBalancerClass")):
        return None
    return finding


def _service_of_the_controller(graph: Graph, gateway: Node) -> Inputs | None:
    """As the Gateway's EnvoyProxy has it; None where nobody says anything, and the default is a public balancer.

    https://gateway.envoyproxy.io/docs/api/extension_types/#kubernetesservicespec
    """
    name = graph.meant(gateway, "spec.infrastructure.parametersRef.name", [PROXY], NAME)
    where: Place = (namespace(graph, gateway), str(name))
    for proxy in there(graph, where, PROXY):
        return next(proxy.each("spec.provider.kubernetes.envoyService"), None)
    return None


def _ingress(_: Graph, door: Node) -> Finding | None:
    annotated = _annotation(door.inputs, "metadata.annotations")
    called = door.get("spec.ingressClassName") or annotated(INGRESS_CLASS)
    scheme = annotated(INGRESS_SCHEME)
    if scheme == "internal" or (scheme is None and called in INTERNAL_INGRESSES):
        return None
    return Finding("spec.ingressClassName", f"{called!r} for everybody")


def _balancer_of_aws(_: Graph, door: Node) -> Finding | None:
    return None if door.get("internal") is True else Finding("internal", door.inputs.shown("internal"))


def _rule_of_gcp(_: Graph, door: Node) -> Finding | None:
    scheme = door.get("loadBalancingScheme")
    return Finding("loadBalancingScheme", repr(scheme)) if scheme in EXTERNAL_SCHEMES else None


def _annotation(held: Inputs, path: str) -> Callable[[str], Any]:
    return lambda key: held.key(path, key)


def _internal(annotation: Callable[[str], Any], balancer_class: Any) -> bool:
    if any(annotation(key) == value for key, value in INTERNET_FACING.items()):
        return False
    return balancer_class in INTERNAL_CLASSES or any(annotation(key) == value for key, value in INTERNAL.items())


_PUBLIC: Mapping[str, Callable[[Graph, Node], Finding | None]] = {
    SERVICE: _service,
    GATEWAY: _gateway,
    INGRESS: _ingress,
    "aws:lb/loadBalancer:LoadBalancer": _balancer_of_aws,
    "aws:alb/loadBalancer:LoadBalancer": _balancer_of_aws,
    "aws:elb/loadBalancer:LoadBalancer": _balancer_of_aws,
    "gcp:compute/forwardingRule:ForwardingRule": _rule_of_gcp,
    "gcp:compute/globalForwardingRule:GlobalForwardingRule": _rule_of_gcp,
}
DOORS = tuple(_PUBLIC)
IN_CLUSTER = (SERVICE, GATEWAY, INGRESS)
