"""Values of AWS resources against botocore's service models: members, types, enums, patterns and bounds.

The source is the one that AWS generates its own SDKs from; what it says is what the API's front door refuses.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Literal

import botocore.session
from botocore.model import Shape

from tests.doubles.rows import Row

Finding = tuple[Literal["checked", "unmatched", "wrong"], str, str]
"""(what, path of the property, what is wrong with it)."""


def problems(token: str, row: Row, inputs: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(path, why) for what, path, why in findings(row, inputs) if what == "wrong"]


def findings(row: Row, inputs: Mapping[str, Any]) -> Iterator[Finding]:
    """One for each value that is set; a value that no operation knows is `unmatched`."""
    shapes = [_input_shape(operation) for operation in row.api]
    for name, value in inputs.items():
        if name == "tags":
            yield from _tags(value)
        elif name not in row.unchecked and value is not None and not name.startswith("__"):
            found = [(shape, member) for shape in shapes if (member := _member(row, shape, name, name))]
            yield from _below(row, found[0][1], value, name) if found else [("unmatched", name, "")]


@cache
def _input_shape(operation: str) -> Shape:
    service, _, name = operation.partition(":")
    return _session().get_service_model(service).operation_model(name).input_shape


@cache
def _session() -> botocore.session.Session:
    return botocore.session.Session()


def _member(row: Row, shape: Shape, name: str, path: str) -> Shape | None:
    """The shape of a property's value inside a structure; a rename may lead several levels down."""
    if renamed := row.renames.get(path):
        found: Shape | None = shape
        for step in renamed.split("."):
            found = _plain(found).members.get(step) if found else None
        return found
    index = {_key(each): member for each, member in shape.members.items()}
    return index.get(_key(name))


def _plain(shape: Shape) -> Any:
    """A list's element: pulumi and the API differ in where one element stands for a list."""
    while shape.type_name == "list":
        shape = shape.member
    return shape


def _key(name: str) -> str:
    """Names of both sides meet here: `numCacheClusters` and NumCacheClusters, `subnetIds` and SubnetId."""
    return re.sub(r"[^a-z0-9]", "", name.lower()).removesuffix("s")


def _below(row: Row, shape: Shape, value: Any, path: str) -> Iterator[Finding]:
    if isinstance(value, list):
        if shape.type_name == "list":
            yield from _bounds(shape, len(value), path, "elements")
        for each in value:
            yield from _below(row, _plain(shape), each, path)
    elif isinstance(value, Mapping):
        inner = _plain(shape)
        for name, each in value.items():
            if each is None:
                continue
            below = f"{path}/{name}"
            if inner.type_name == "map":
                yield from _below(row, inner.value, each, below)
            elif below not in row.unchecked:
                member = _member(row, inner, name, below) if inner.type_name == "structure" else None
                yield from _below(row, member, each, below) if member else [("unmatched", below, "")]
    else:
        yield from _leaf(_plain(shape), value, path)


def _leaf(shape: Shape, value: Any, path: str) -> Iterator[Finding]:
    yield "checked", path, ""
    if isinstance(value, bool) or shape.type_name == "boolean":
        if not (isinstance(value, bool) and shape.type_name in ("boolean", "string", "structure")):
            yield "wrong", path, f"must be a {shape.type_name}, got {value!r}"
    elif isinstance(value, int | float):
        yield from _bounds(shape, value, path, "")
    elif isinstance(value, str):
        if shape.type_name in ("integer", "long"):
            yield "wrong", path, f"must be a number, got {value!r}"
        elif allowed := getattr(shape, "enum", None):
            if value not in allowed:
                yield "wrong", path, f"must be one of {', '.join(allowed)}, got {value!r}"
        else:
            yield from _bounds(shape, len(value), path, "characters")
            if (pattern := _pattern(shape.metadata.get("pattern"))) and not pattern.fullmatch(value):
                yield "wrong", path, f"must match {pattern.pattern}, got {value!r}"


@cache
def _pattern(text: str | None) -> re.Pattern[str] | None:
    """None too for the few that are Java's and not Python's."""
    try:
        return re.compile(text) if text else None
    except re.error:
        return None


def _bounds(shape: Shape, amount: float, path: str, unit: str) -> Iterator[Finding]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if (low is not None and amount < low) or (high is not None and amount > high):
        yield "wrong", path, f"must have {low} to {high} {unit}".rstrip() + f", got {amount:g}"


def _tags(tags: Mapping[str, str] | None) -> Iterator[Finding]:
    """https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html#tag-conventions"""
    yield "checked", "tags", ""
    for key, value in (tags or {}).items():
        if key.lower().startswith("aws:") or not 1 <= len(key) <= 128 or len(value) > 256:
            yield "wrong", "tags", f"must have keys of 1 to 128 and values of at most 256 characters, got {key!r}"
