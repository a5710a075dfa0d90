"""What everybody reaches: only where the stack says so, only through the entry, and only by TLS."""

from collections.abc import Iterator

from policies.checks import given, true
from policies.doors import DOORS, IN_CLUSTER, INGRESS, is_a_balancer, public
from policies.graph import Graph, Node, StackRule
from policies.inputs import Inputs
from policies.kubernetes.gateways import BY_TLS, GATEWAY, gateway_behind, sends_to_tls, takes
from policies.kubernetes.relations import SERVICE, backends, behind, place, told
from policies.rule import Finding

DECLARED = "tradewind:public_access"

CERTIFICATE = "service.beta.kubernetes.io/aws-load-balancer-ssl-cert"
TLS_PORTS = "service.beta.kubernetes.io/aws-load-balancer-ssl-ports"
"""https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/annotations/#tls"""


def _declared(door: Node, graph: Graph) -> Iterator[Finding]:
    finding = public(graph, door)
    if finding and not true(graph.config.get(DECLARED)):
        yield finding


def _through_entry(door: Node, graph: Graph) -> Iterator[Finding]:
    if not public(graph, door):
        return
    if door.type == INGRESS:
        yield Finding("", "an Ingress is a way beside the entry")
    for service in [door] if door.type == SERVICE else _sent_to(graph, door):
        if not gateway_behind(graph, service):
            reached = [told(place(graph, each)) for each in behind(graph, service)]
            way = "" if service is door else f" by {told(place(graph, service))}"
            yield Finding("", f"{', '.join(reached) or 'what the selector names'} is reached{way} past every Gateway")


def _sent_to(graph: Graph, door: Node) -> Iterator[Node]:
    """The Services behind a balancer's own Gateway; those behind one in the cluster have the entry before them."""
    if door.type == GATEWAY and is_a_balancer(door):
        for listener in door.each("spec.listeners"):
            for route in takes(graph, door, listener):
                yield from backends(graph, route)


def _by_tls(door: Node, graph: Graph) -> Iterator[Finding]:
    if not public(graph, door):
        return
    if door.type == GATEWAY:
        for listener in door.each("spec.listeners"):
            yield from _listens_by_tls(graph, door, listener)
    elif door.type == SERVICE:
        for port in door.each("spec.ports"):
            if not _ends_tls(door, port) and not _leads_to_tls(graph, door, port):
                yield Finding(port.path("port"), f"{port.shown('port')} in plain text")


def _listens_by_tls(graph: Graph, gateway: Node, listener: Inputs) -> Iterator[Finding]:
    if listener.get("protocol") not in BY_TLS:
        for route in takes(graph, gateway, listener):
            if not sends_to_tls(route):
                got = f"{listener.shown('protocol')}, by which {told(place(graph, route))} answers in plain text"
                yield Finding(listener.path("protocol"), got)


def _ends_tls(door: Node, port: Inputs) -> bool:
    """Whether the balancer itself does; it does so on all ports, unless it is told on which."""
    if not given(door.get("metadata.annotations", CERTIFICATE)):
        return False
    ports = str(door.get("metadata.annotations", TLS_PORTS) or "*").split(",")
    return any(each in ports for each in ("*", f"{port.get('port'):g}", port.get("name")))


def _leads_to_tls(graph: Graph, door: Node, port: Inputs) -> bool:
    """Whether it ends at a listener that speaks TLS, or has nothing but redirects to it."""
    gateway = gateway_behind(graph, door)
    for listener in gateway.each("spec.listeners") if gateway else ():
        if listener.get("port") == port.get("targetPort"):
            routes = list(takes(graph, gateway, listener)) if gateway else []
            return listener.get("protocol") in BY_TLS or (bool(routes) and all(map(sends_to_tls, routes)))
    return False


access_declared = StackRule(
    name="stack-public-access-declared",
    on=DOORS,
    severity="critical",
    must="A stack must say public_access before a load balancer of its lets everybody in, since the services ask "
    "nobody who he is.",
    fix="make it internal, or `pulumi config set public_access true` with dns_zone and domain",
    check=_declared,
)

through_entry = StackRule(
    name="stack-public-through-entry",
    on=IN_CLUSTER,
    severity="high",
    must="What everybody reaches must be the entry's Gateway, since what is reached beside it has none of its limits, "
    "timeouts and logs.",
    fix="make it internal, or give the workload an HTTPRoute at the entry",
    check=_through_entry,
)

by_tls = StackRule(
    name="stack-public-by-tls",
    on=(SERVICE, GATEWAY),
    severity="high",
    must="A public load balancer must take requests by TLS alone and send all others there, since whoever is on the "
    "way reads and changes the rest.",
    fix="give the port a certificate, and let the listener without TLS have no route but a RequestRedirect to https",
    check=_by_tls,
)

RULES = [access_declared, through_entry, by_tls]
