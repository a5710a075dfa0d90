"""What checks are made of: a path, and what may stand there.

holds("vpcConfig.endpointPrivateAccess", true)
each("ingress", holds("cidrBlocks", lacks("0.0.0.0/0")))
when("endpointPublicAccess", true, then=holds("publicAccessCidrs", given))
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from policies.inputs import Inputs
from policies.rule import Check, Finding

Wanted = Callable[[Any], bool]
"""Whether a value complies; None is asked about where nothing is set."""


def holds(path: str, wanted: Wanted) -> Check:
    """What stands at `path` is as `wanted`."""

    def check(inputs: Inputs) -> Iterator[Finding]:
        if not wanted(inputs.get(path)):
            yield Finding(inputs.path(path), inputs.shown(path))

    return check


def each(path: str, check: Check) -> Check:
    """Every mapping in the list at `path` passes; an empty list does too."""

    def all_of(inputs: Inputs) -> Iterator[Finding]:
        for part in inputs.each(path):
            yield from check(part)

    return all_of


def some(path: str, check: Check) -> Check:
    """At least one mapping in the list at `path` passes."""

    def any_of(inputs: Inputs) -> Iterator[Finding]:
        if not any(passes(check, part) for part in inputs.each(path)):
            yield Finding(inputs.path(path), inputs.shown(path))

    return any_of


def when(path: str, wanted: Wanted, then: Check) -> Check:
    """`then` binds only where what stands at `path` is as `wanted`."""

    def check(inputs: Inputs) -> Iterable[Finding]:
        return then(inputs) if wanted(inputs.get(path)) else ()

    return check


def both(*checks: Check) -> Check:
    """All of them pass; each tells its own findings."""

    def check(inputs: Inputs) -> Iterator[Finding]:
        for one in checks:
            yield from one(inputs)

    return check


def either(*checks: Check) -> Check:
    """One of them passes; the findings are those of the first."""

    def check(inputs: Inputs) -> Iterable[Finding]:
        found = [list(one(inputs)) for one in checks]
        return found[0] if all(found) else ()

    return check


def passes(check: Check, inputs: Inputs) -> bool:
    return not any(True for _ in check(inputs))


def true(value: Any) -> bool:
    """Kubernetes and some of Google's properties spell it."""
    return value is True or (isinstance(value, str) and value.lower() == "true")


def false(value: Any) -> bool:
    """Written, not left out: for what is on by default."""
    return value is False or (isinstance(value, str) and value.lower() == "false")


def not_true(value: Any) -> bool:
    """False, or left out: for what is off by default."""
    return not true(value)


def not_false(value: Any) -> bool:
    """True, or left out: for what is on by default."""
    return not false(value)


def given(value: Any) -> bool:
    """Set, and not empty."""
    return value not in (None, "", [], {})


def absent(value: Any) -> bool:
    return not given(value)


def one_of(*allowed: Any) -> Wanted:
    """Exactly one of these; absent only where None is named."""
    return lambda value: value in allowed


def none_of(*refused: Any) -> Wanted:
    return lambda value: value not in refused


def includes(*wanted: Any) -> Wanted:
    """A list with all of these in it."""
    return lambda value: set(wanted) <= set(value or ())


def lacks(*refused: Any) -> Wanted:
    """A list, or nothing, with none of these in it."""
    return lambda value: not set(refused) & set(value or ())


def at_least(limit: float) -> Wanted:
    """A number, or a text that is one, from `limit` on."""
    return lambda value: (number := _number(value)) is not None and number >= limit


def at_most(limit: float) -> Wanted:
    return lambda value: (number := _number(value)) is not None and number <= limit


def _number(value: Any) -> float | None:
    try:
        return None if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None
