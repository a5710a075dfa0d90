"""CEL at preview, over an object of which some may not be known yet."""

import functools
from collections.abc import Iterator, Mapping
from typing import Any

import cel

from policies.inputs import Inputs, NotKnownYet, show
from policies.kubernetes.written import PODS, VARIABLES, Written
from policies.rule import Finding
from provider.protocol import UNKNOWN, PropertyPath


def evaluated(rule: Written, inputs: Inputs) -> Iterator[Finding]:
    """None for an object that complies; NotKnownYet where the expression may read what is not known."""
    subject = _subject(inputs)
    if (path := rule.waits_for(subject.unknowns)) is not None:
        raise NotKnownYet(show(path))
    if not _program(rule.expression).execute(subject.context):
        yield Finding("", _program(rule.offender).execute(subject.context) if rule.offender else "")


class Subject:
    """An object as the API server will have it."""

    def __init__(self, inputs: Inputs):
        self.unknowns: list[PropertyPath] = []
        self.plain: dict[str, Any] = self._known(inputs.plain, ())

    @functools.cached_property
    def context(self) -> cel.Context:
        """What an expression may name."""
        names: dict[str, Any] = {"object": self.plain, "variables": {}}
        if self.plain.get("kind") in PODS:
            for name, expression in VARIABLES.items():
                names["variables"][name] = _program(expression).execute(names)
        context = cel.Context()
        context.update(names)
        return context

    def _known(self, value: Any, path: PropertyPath) -> Any:
        """Without what is null, as the API server drops it, and what is not known, whose path is noted."""
        if isinstance(value, Mapping):
            found = {key: self._known(each, (*path, key)) for key, each in value.items() if each is not None}
            return {key: each for key, each in found.items() if each is not UNKNOWN}
        if isinstance(value, list):
            parts = [self._known(each, (*path, index)) for index, each in enumerate(value)]
            return [each for each in parts if each is not UNKNOWN]
        if value is UNKNOWN:
            self.unknowns.append(path)
        return value


@functools.lru_cache(maxsize=1)
def _subject(inputs: Inputs) -> Subject:
    # Some thirty rules ask about one object, each after the other.
    return Subject(inputs)


@functools.cache
def _program(expression: str) -> cel.Program:
    return cel.compile(expression)
