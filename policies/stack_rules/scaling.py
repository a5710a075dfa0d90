"""Scalers and what they scale: each finds its target, owns its replicas alone, and leaves some in every eviction."""

from collections.abc import Iterator

from policies.graph import Graph, Node, StackRule
from policies.kubernetes.relations import NAME, SCALABLE, namespace, of_kind, pod_labels, selects, within
from policies.kubernetes.scalers import SCALERS, scales, target
from policies.rule import Finding

BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"


def _scalers(graph: Graph, workload: Node) -> Iterator[Node]:
    return (each for each in graph.of(*SCALERS) if scales(graph, each, workload))


def _has_target(scaler: Node, graph: Graph) -> Iterator[Finding]:
    (kind, name), space = target(graph, scaler), namespace(graph, scaler)
    # Of any version: what else has a scale is scaled too.
    of_that_kind = (each for each in graph.nodes if each.type.startswith("kubernetes:") and of_kind(each) == kind)
    if not any((namespace(graph, each), each.get(NAME)) == (space, name) for each in of_that_kind):
        yield Finding("spec.scaleTargetRef", f"{kind} {name!r}, which the stack does not make in {space}")


def _alone(scaler: Node, graph: Graph) -> Iterator[Finding]:
    kind, name = target(graph, scaler)
    for other in within(graph, namespace(graph, scaler), *SCALERS):
        if other is not scaler and target(graph, other) == (kind, name):
            yield Finding("spec.scaleTargetRef.name", f"{name!r}, as {of_kind(other)} {other.get(NAME)} has it too")


def _replicas_left(workload: Node, graph: Graph) -> Iterator[Finding]:
    if workload.get("spec.replicas") is not None:
        for scaler in _scalers(graph, workload):
            got = f"{workload.inputs.shown('spec.replicas')}, which {of_kind(scaler)} {scaler.get(NAME)} decides"
            yield Finding("spec.replicas", got)


def _with_budget(workload: Node, graph: Graph) -> Iterator[Finding]:
    most = max([_number(workload, "spec.replicas", 1), *map(_most, _scalers(graph, workload))])
    if most < 2:
        return
    budgets = within(graph, namespace(graph, workload), BUDGET)
    if not any(selects(each.get("spec.selector"), pod_labels(workload)) for each in budgets):
        yield Finding("", f"up to {most:g} replicas, and no PodDisruptionBudget selects them")


def _most(scaler: Node) -> float:
    return _number(scaler, *SCALERS[scaler.type].most)


def _number(node: Node, path: str, default: int) -> float:
    value = node.get(path)
    return default if value is None else float(value)


has_target = StackRule(
    name="stack-scaler-has-target",
    on=tuple(SCALERS),
    severity="medium",
    must="A scaler must name a workload that the stack makes in its namespace, since one of another name scales "
    "nothing, and the load stays where it is.",
    fix="set spec.scaleTargetRef to kind and name of the workload, and put both into one namespace",
    check=_has_target,
)

one_scaler = StackRule(
    name="stack-one-scaler-a-workload",
    on=tuple(SCALERS),
    severity="medium",
    must="A workload must have one scaler, since two of them undo each other's work and the replicas never rest.",
    fix="put the triggers of both into one ScaledObject",
    check=_alone,
)

replicas_left = StackRule(
    name="stack-replicas-left-to-scaler",
    on=SCALABLE,
    severity="medium",
    must="A workload that is scaled must not say its replicas, or every update throws away what the load needs.",
    fix="drop spec.replicas; the scaler's minimum is where it begins",
    check=_replicas_left,
)

with_budget = StackRule(
    name="stack-replicas-with-budget",
    on=SCALABLE,
    severity="low",
    must="A workload of two replicas or more must have a disruption budget, since a drained node may take all of them "
    "at once.",
    fix="add a PodDisruptionBudget with maxUnavailable 1 that selects its pods",
    check=_with_budget,
)

RULES = [has_target, one_scaler, replicas_left, with_budget]
