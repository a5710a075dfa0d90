"""A rule: what resources of some types must hold, why, who else asks for it, and how to mend what does not."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from policies.inputs import Inputs

Severity = Literal["low", "medium", "high", "critical"]
Tier = Literal["dev", "prod"]


@dataclass(frozen=True)
class Finding:
    """What a rule has against a resource."""

    path: str
    """Of the property, `a.b.0`; empty for the whole."""
    got: str
    """The value, in words for a message; never a secret. Empty where the obligation says it all."""


Check = Callable[[Inputs], Iterable[Finding]]
"""None for a resource that complies. Raises NotKnownYet where it waits for a value."""


@dataclass(frozen=True, kw_only=True)
class Obligation:
    """What a rule says, whether it looks at one resource or at a stack as a whole."""

    name: str
    """Kebab case, begins with the resource: eks-endpoint-closed."""
    on: tuple[str, ...]
    """Resource types, as in a URN."""
    severity: Severity
    answers: tuple[str, ...] = ()
    """Items of frameworks and other checkers: "CIS EKS 5.3.1", "CKV_AWS_58"."""
    must: str
    """The obligation and the reason, as a sentence."""
    fix: str
    """Ends "To fix: "."""
    tiers: tuple[Tier, ...] = ("dev", "prod")
    """Of the stacks it binds."""

    def message(self, finding: Finding) -> str:
        return message(self.must, self.fix, finding)


@dataclass(frozen=True, kw_only=True)
class Rule(Obligation):
    """Of one resource by itself."""

    check: Check


def message(must: str, fix: str, finding: Finding) -> str:
    """The sentence, what was found, and the fix."""
    got = f"{finding.path} is {finding.got}" if finding.path else finding.got
    return f"{must} {f'Here {got}. ' if got else ''}To fix: {fix}."


AnyRule = TypeVar("AnyRule", bound=Obligation)


def by_type(rules: Iterable[AnyRule]) -> Mapping[str, list[AnyRule]]:
    """Which rules bind each type, so that a resource meets its own alone."""
    found: dict[str, list[AnyRule]] = {}
    for rule in rules:
        for token in rule.on:
            found.setdefault(token, []).append(rule)
    return found
