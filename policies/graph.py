"""A stack as a whole: every resource, as it was asked for and as it became, and what each property stands on."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from policies.inputs import Inputs, NotKnownYet, steps
from policies.rule import Finding, Obligation, Tier

STACK = "pulumi:pulumi:Stack"
"""The type of the one resource that is the stack itself: what a rule on the whole is on."""


@dataclass(frozen=True, eq=False)
class Node:
    """One resource."""

    urn: str
    type: str
    inputs: Inputs
    """As the program asked for it, which a preview knows in part; of one that it no longer has, as it is."""
    outputs: Callable[[], Inputs] = lambda: Inputs({})
    """As the provider answered: with what it chose itself, and without what it never tells again."""
    protected: bool = False
    """Whether Pulumi refuses to delete it."""
    asked: bool = True
    """False: the program no longer has it and the run leaves it be, so that no rule is on it."""
    stands_on: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By property, the URNs of what its value comes from."""

    @property
    def name(self) -> str:
        """In Pulumi."""
        return self.urn.rpartition("::")[2]

    def get(self, path: str, key: str | None = None) -> Any:
        """As Inputs.get, or Inputs.key where there is one; NotKnownYet says of which resource."""
        try:
            return self.inputs.get(path) if key is None else self.inputs.key(path, key)
        except NotKnownYet as unknown:
            raise NotKnownYet(f"{unknown.path} of {self.name}") from None

    def each(self, path: str) -> Iterator[Inputs]:
        """As Inputs.each."""
        try:
            yield from self.inputs.each(path)
        except NotKnownYet as unknown:
            raise NotKnownYet(f"{unknown.path} of {self.name}") from None

    def known_by(self, path: str) -> str:
        """What stands there, asked for or answered; its URN, which is as good a name, until that is known."""
        for held in (lambda: self.inputs, self.outputs):
            try:
                if (value := held().get(path)) is not None:
                    return str(value)
            except NotKnownYet:
                continue
        return self.urn


@dataclass(frozen=True, eq=False)
class Graph:
    """All resources of a stack, and what its config says."""

    nodes: Sequence[Node]
    tier: Tier = "prod"
    config: Mapping[str, str] = field(default_factory=dict)
    """By key, "tradewind:tier", as the engine tells it: texts, and JSON for what is more."""

    def of(self, *types: str) -> Iterator[Node]:
        return (each for each in self.nodes if each.type in types)

    def meant(self, node: Node, path: str, types: Iterable[str], by: str, key: str | None = None) -> str | None:
        """The value of a property that names another resource; None where nothing is set.

        A preview may not know it, and still know of which resource it is: then it is what the one of `types` that the
        property comes from is known by. NotKnownYet where there is none, or more than one.
        """
        try:
            value = node.get(path, key)
            return None if value is None else str(value)
        except NotKnownYet:
            sources = node.stands_on.get(str(steps(path)[0]), frozenset())
            found = [each for each in self.of(*types) if each.urn in sources]
            if len(found) != 1:
                raise
            return found[0].known_by(by)


StackCheck = Callable[[Node, Graph], Iterable[Finding]]
"""What is found against one resource, as part of a stack."""


@dataclass(frozen=True, kw_only=True)
class StackRule(Obligation):
    """Of a resource among all others; on STACK, of the stack as a whole."""

    check: StackCheck
