"""Stacks as graphs: our own as they are recorded, small ones as they are written, and changes of either."""

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from policies.graph import Graph, Node
from policies.inputs import Inputs
from policies.rule import Tier
from tests.components import stacks
from tests.components.recording import Engine, Registered
from tests.policies.table import drop, put, steps, with_unknowns

OURS: Mapping[str, Callable[[], Engine]] = {
    "local": lambda: stacks.plain("local", "local"),
    "local-at-zero": lambda: stacks.at_zero("local", "local"),
    "aws-dev": lambda: stacks.plain("aws", "aws-dev"),
    "aws-prod": lambda: stacks.plain("aws", "aws-prod"),
    "aws-peered": lambda: stacks.peered("aws"),
    "aws-public": lambda: stacks.public("aws"),
    "aws-at-zero": lambda: stacks.at_zero("aws", "aws-dev"),
    "aws-secretive": lambda: stacks.secretive("aws"),
    "aws-crowded": lambda: stacks.crowded("aws"),
    "aws-apps": lambda: stacks.apart("aws"),
    "gcp-dev": lambda: stacks.plain("gcp", "gcp-dev"),
    "gcp-prod": lambda: stacks.plain("gcp", "gcp-prod"),
    "gcp-peered": lambda: stacks.peered("gcp"),
    "gcp-public": lambda: stacks.public("gcp"),
    "gcp-at-zero": lambda: stacks.at_zero("gcp", "gcp-dev"),
    "gcp-secretive": lambda: stacks.secretive("gcp"),
    "gcp-crowded": lambda: stacks.crowded("gcp"),
}

Change = Mapping[str, Any]
"""What is done to a stack. By `<resource>.<path of its inputs>`: `set`, `drop`. By resource: `add`, `remove`, `unprotect`,
and `left`, for what the program no longer has. By key: `config`."""


@dataclass(frozen=True)
class Stack:
    """Resources by their names, of which those that a change names have one each."""

    resources: list[Registered]
    config: Mapping[str, str] = field(default_factory=dict)
    tier: Tier = "prod"
    left: frozenset[str] = frozenset()

    def graph(self) -> Graph:
        return Graph(list(map(self._node, self.resources)), self.tier, self.config)

    def _node(self, each: Registered) -> Node:
        return Node(
            urn=each.urn,
            type=each.type,
            inputs=Inputs(each.inputs),
            outputs=lambda: Inputs(each.outputs),
            protected=each.protected,
            asked=name_of(each) not in self.left,
            stands_on=each.stands_on,
        )


def name_of(each: Registered) -> str:
    return each.urn.rpartition("::")[2]


def ours(name: str) -> Stack:
    engine = OURS[name]()
    tier: Tier = "prod" if engine.config.get("tradewind:tier") == "prod" else "dev"
    return Stack(engine.registered, engine.config, tier)


def written(graph: Mapping[str, Any]) -> Stack:
    """`resources` by name, each with type and inputs, and perhaps outputs and stands_on; and `config`."""
    return Stack([*_resources(graph["resources"])], graph.get("config", {}))


def _resources(of: Mapping[str, Any]) -> Iterable[Registered]:
    for name, each in of.items():
        from_ = {path: frozenset(map(_urn, names)) for path, names in each.get("stands_on", {}).items()}
        inputs, outputs = with_unknowns(each["inputs"]), each.get("outputs", {})
        yield Registered(_urn(name), each["type"], inputs, outputs, True, from_)


def _urn(name: str) -> str:
    return f"urn:pulumi:lab::tradewind::thing::{name}"


def changed(of: Stack, change: Change) -> Stack:
    resources = [*of.resources, *_resources(change.get("add", {}))]
    resources = [each for each in resources if name_of(each) not in change.get("remove", ())]
    touched = {str(steps(path)[0]) for path in (*change.get("set", {}), *change.get("drop", ()))}
    for name in {*touched, *change.get("unprotect", ())}:
        [index] = [index for index, each in enumerate(resources) if name_of(each) == name]
        inputs = copy.deepcopy(resources[index].inputs)
        kept = resources[index].protected and name not in change.get("unprotect", ())
        resources[index] = replace(resources[index], inputs=inputs, protected=kept)
        for path, value in change.get("set", {}).items():
            if steps(path)[0] == name:
                put(inputs, steps(path)[1:], with_unknowns(value))
        for path in change.get("drop", ()):
            if steps(path)[0] == name:
                drop(inputs, steps(path)[1:])
    return Stack(resources, {**of.config, **change.get("config", {})}, of.tier, frozenset(change.get("left", ())))
