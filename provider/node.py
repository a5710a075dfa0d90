"""The built Kubernetes node, as a resource: airgap.node does the work."""

import dataclasses
import re

from airgap.node.layout import NodeSpec
from airgap.paths import STATE
from provider.kinds import Field, Progress, misfits
from provider.protocol import UNKNOWN, Checked, Created, Diff, Found, Resource, Values, compare

STACK_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?")
FIELDS = {"stack": Field(str, "give pulumi.get_stack()")}
OUTPUTS = (
    "kubeconfig", "context", "registry", "entry", "entry_node_port", "prometheus", "prometheus_node_port",
)  # fmt: skip


def spec_of(stack: str) -> NodeSpec:
    """The node of a stack of this checkout."""
    return NodeSpec(name=stack, state=STATE / "node" / stack)


class Node:
    """Made, healed and ended by airgap.node; a process that died shows as a change, so that `up` starts it again."""

    def check(self, resource: Resource) -> Checked:
        failures = misfits(resource.inputs.plain, FIELDS)
        stack = resource.inputs.get("stack")
        if isinstance(stack, str) and not STACK_NAME.fullmatch(stack):
            failures.append(
                ("stack", f"stack must be a DNS label of at most 32 letters, got {stack!r}. To fix: rename the stack.")
            )
        return Checked(resource.inputs, failures)

    def diff(self, resource: Resource) -> Diff:
        from airgap import node

        changes = dict(compare(resource.old_inputs.plain, resource.inputs.plain))
        replaces = frozenset(changes)
        if not changes:
            alive = node.status(spec_of(resource.inputs.plain["stack"]))
            dead = [name for name, lives in alive.items() if not lives] if alive else ["node"]
            changes.update({(name,): "update" for name in dead})
        return Diff(changes, replaces, delete_before_replace=bool(replaces))

    def create(self, resource: Resource, progress: Progress) -> Created:
        if resource.preview:
            return Created("", _state(resource, dict.fromkeys(OUTPUTS, UNKNOWN)))
        return Created(resource.inputs.plain["stack"], self._ensured(resource, progress))

    def read(self, resource: Resource) -> Found | None:
        from airgap import node

        # A node with dead processes is still there, with the same address; diff sees what is dead.
        stack = resource.inputs.get("stack") or resource.id
        return Found(resource.id, resource.state, resource.inputs) if node.status(spec_of(stack)) else None

    def update(self, resource: Resource, progress: Progress) -> Values:
        # Its addresses are stable, so what stands on the node need not wait for the real call.
        return resource.state if resource.preview else self._ensured(resource, progress)

    def delete(self, resource: Resource, progress: Progress) -> None:
        from airgap import node

        node.stop(spec_of(resource.inputs.get("stack") or resource.id), progress)

    def _ensured(self, resource: Resource, progress: Progress) -> Values:
        from airgap import node

        facts = dataclasses.asdict(node.ensure(spec_of(resource.inputs.plain["stack"]), progress))
        return _state(resource, {name: facts[name] for name in OUTPUTS})


def _state(resource: Resource, outputs: dict[str, object]) -> Values:
    return Values({**resource.inputs.plain, **outputs}, frozenset({("kubeconfig",)}))
