"""Where services run: in a namespace that refuses pods with the node's rights and is closed to what no policy names."""

from collections.abc import Iterator

from policies.graph import Graph, Node, StackRule
from policies.inputs import Inputs
from policies.kubernetes.relations import WORKLOADS, namespace, room, served, within
from policies.rule import Finding

NETWORK_POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
ENFORCE = "pod-security.kubernetes.io/enforce"
LAYER = "tradewind:layer"

DIRECTIONS = {"Ingress": ("ingress", "from"), "Egress": ("egress", "to")}
"""Where a policy of each type has its rules, and a rule its peers."""


def _restricted(workload: Node, graph: Graph) -> Iterator[Finding]:
    for space in _space(graph, workload):
        found = room(graph, space)
        level = found.get("metadata.labels", ENFORCE) if found else None
        if level != "restricted":
            said = f"which enforces {level or 'nothing'}" if found else "which the stack does not make"
            yield Finding("metadata.namespace", f"{space}, {said}")


def _closed_by_default(workload: Node, graph: Graph) -> Iterator[Finding]:
    for space in _space(graph, workload):
        of_all = [each for each in within(graph, space, NETWORK_POLICY) if _selects_all(each)]
        for direction, (rules, peers) in DIRECTIONS.items():
            yield from _closed(space, direction, [each for each in of_all if direction in _types(each)], rules, peers)


def _space(graph: Graph, workload: Node) -> Iterator[str]:
    """The namespace of a service; none of another workload, nor where another stack made it, and is asked itself."""
    if any(each is workload for each in served(graph)):
        space = namespace(graph, workload)
        if room(graph, space) or graph.config.get(LAYER) != "services":
            yield space


def _closed(space: str, direction: str, bound: list[Node], rules: str, peers: str) -> Iterator[Finding]:
    if not bound:
        yield Finding("", f"no network policy closes {direction.lower()} for all pods of {space}")
    # Policies add up: what one opens for all pods, no other can close.
    for policy in bound:
        for rule in policy.each(f"spec.{rules}"):
            if _opens(rule, peers):
                yield Finding("", f"{policy.name} opens {rule.path('')} for all pods of {space}")


def _selects_all(policy: Node) -> bool:
    selector = policy.get("spec.podSelector") or {}
    return not selector.get("matchLabels") and not selector.get("matchExpressions")


def _types(policy: Node) -> list[str]:
    """https://kubernetes.io/docs/concepts/services-networking/network-policies/#networkpolicy-resource"""
    given = policy.get("spec.policyTypes")
    return given or ["Ingress", *(["Egress"] if policy.get("spec.egress") else [])]


def _opens(rule: Inputs, peers: str) -> bool:
    """To whole networks, or to every namespace."""
    named = list(rule.each(peers))
    return not named or any(map(_of_everybody, named))


def _of_everybody(peer: Inputs) -> bool:
    if peer.get("ipBlock") is not None:
        return str(peer.get("ipBlock.cidr")).endswith("/0") and not peer.get("ipBlock.except")
    spaces = peer.get("namespaceSelector")
    return spaces is not None and not any(spaces.get(each) for each in ("matchLabels", "matchExpressions"))


restricted = StackRule(
    name="stack-services-in-restricted",
    on=WORKLOADS,
    severity="high",
    must="A service must run in a namespace of the stack that enforces the profile restricted, whatever is waived for "
    "the namespaces of add-ons, since strangers call it.",
    fix="move it to a namespace with the label pod-security.kubernetes.io/enforce: restricted",
    check=_restricted,
)

closed_by_default = StackRule(
    name="stack-services-closed-by-default",
    on=WORKLOADS,
    severity="high",
    answers=("CIS EKS 4.3.2", "CIS GKE 4.3.2"),
    must="A namespace with services must be closed for all pods that no policy names, both ways, since the next pod "
    "there reaches and is reached by everything else.",
    fix="add a NetworkPolicy with an empty podSelector, policyTypes [Ingress, Egress] and no rules",
    check=_closed_by_default,
)

RULES = [restricted, closed_by_default]
