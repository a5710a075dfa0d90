"""Values of AWS resources against botocore's service models: members, types, enums, patterns and bounds.

The source is the one that AWS generates its own SDKs from; what it says is what the API's front door refuses.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import botocore.session

from tests.doubles import walk
from tests.doubles.rows import Row
from tests.doubles.walk import Finding, Node


def findings(row: Row, inputs: Mapping[str, Any]) -> Iterator[Finding]:
    yield from walk.findings(row, [_input(operation) for operation in row.api], inputs, frozenset({"tags"}))
    if "tags" in inputs:
        yield "checked", "tags", ""
        yield from (("wrong", "tags", why) for why in _wrong_tags(inputs["tags"] or {}))


@dataclass(frozen=True)
class Shape:
    """A shape of botocore's as a Node."""

    shape: Any

    @property
    def kind(self) -> Literal["object", "list", "map", "leaf"]:
        return {"structure": "object", "list": "list", "map": "map"}.get(self.shape.type_name, "leaf")  # pyright: ignore[reportReturnType]

    def members(self) -> Mapping[str, Node]:
        return {name: Shape(each) for name, each in self.shape.members.items()}

    def element(self) -> Node:
        return Shape(self.shape.member if self.shape.type_name == "list" else self.shape.value)

    def wrong(self, value: Any) -> Iterator[str]:
        kind = self.shape.type_name
        if isinstance(value, list):
            yield from self._bounds(len(value), "elements")
        elif isinstance(value, bool) or kind == "boolean":
            # A structure of one boolean is flattened by the provider.
            if not (isinstance(value, bool) and kind in ("boolean", "string", "structure")):
                yield f"must be a {kind}, got {value!r}"
        elif isinstance(value, int | float):
            yield from self._bounds(value, "")
        elif kind in ("integer", "long"):
            yield f"must be a number, got {value!r}"
        elif allowed := getattr(self.shape, "enum", None):
            if value not in allowed:
                yield f"must be one of {', '.join(allowed)}, got {value!r}"
        else:
            yield from self._bounds(len(value), "characters")
            if (pattern := _pattern(self.shape.metadata.get("pattern"))) and not pattern.fullmatch(value):
                yield f"must match {pattern.pattern}, got {value!r}"

    def _bounds(self, amount: float, unit: str) -> Iterator[str]:
        low, high = self.shape.metadata.get("min"), self.shape.metadata.get("max")
        if (low is not None and amount < low) or (high is not None and amount > high):
            yield f"must have {low} to {high} {unit}".rstrip() + f", got {amount:g}"


@cache
def _input(operation: str) -> Shape:
    service, _, name = operation.partition(":")
    return Shape(_session().get_service_model(service).operation_model(name).input_shape)


@cache
def _session() -> botocore.session.Session:
    return botocore.session.Session()


@cache
def _pattern(text: str | None) -> re.Pattern[str] | None:
    """None too for the few that are Java's and not Python's."""
    try:
        return re.compile(text) if text else None
    except re.error:
        return None


def _wrong_tags(tags: Mapping[str, str]) -> Iterator[str]:
    """https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html#tag-conventions"""
    for key, value in tags.items():
        if key.lower().startswith("aws:") or not 1 <= len(key) <= 128 or len(value) > 256:
            yield f"must have keys of 1 to 128 and values of at most 256 characters, got {key!r}"
