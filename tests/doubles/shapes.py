"""Whether a resource's inputs are those that the SDK's types allow: unknown, missing and mistyped ones."""

from collections.abc import Iterator, Mapping
from typing import Any

from provider.protocol import UNKNOWN
from tests.doubles.schema import Schema, Type

PLAIN: Mapping[str, tuple[type, ...]] = {"string": (str,), "number": (int, float), "boolean": (bool,)}

Problem = tuple[str, str]
"""(path, what is wrong with it)."""


def problems(schema: Schema, token: str, inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """What a real provider's own check finds. A value that a preview does not know counts as there, and right."""
    kind = schema.kinds[token]
    yield from _fields(schema, kind.inputs, kind.required, inputs, "")


def _fields(
    schema: Schema, fields: Mapping[str, Type], required: list[str], found: Mapping[str, Any], at: str
) -> Iterator[Problem]:
    for name in required:
        if found.get(name) is None:
            yield f"{at}{name}", "is required, and missing"
    for name, value in found.items():
        if name.startswith("__"):
            continue
        if name not in fields:
            yield f"{at}{name}", "is no property of this type"
        elif value is not None:
            yield from _value(schema, fields[name], value, f"{at}{name}")


def _value(schema: Schema, wanted: Type, value: Any, at: str) -> Iterator[Problem]:
    if value is UNKNOWN or wanted == "any":
        return
    if isinstance(wanted, str):
        fits = isinstance(value, PLAIN[wanted]) and (isinstance(value, bool) == (wanted == "boolean"))
        if not fits:
            yield at, f"must be a {wanted}, got {value!r}"
    elif "list" in wanted and isinstance(value, list):
        for index, each in enumerate(value):
            yield from _value(schema, wanted["list"], each, f"{at}[{index}]")
    elif "map" in wanted and isinstance(value, Mapping):
        for key, each in value.items():
            yield from _value(schema, wanted["map"], each, f"{at}.{key}")
    elif "object" in wanted and isinstance(value, Mapping):
        nested = schema.types[wanted["object"]]
        yield from _fields(schema, nested.fields, nested.required, value, f"{at}.")
    else:
        yield at, f"must be a {next(iter(wanted))}, got {value!r}"
