"""What the SDKs say of a resource type: inputs, their types, what is required and computed.

`python -m tests.doubles.schema` writes schemas/<sdk>.json anew, for the types of tests/doubles/<sdk>'s rows: after
a new version of an SDK, or a new row. The plugins read the file: importing the SDK would cost a second a command.
"""

import importlib
import inspect
import json
import re
import sys
import typing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

SDKS = ("aws", "gcp", "kubernetes")
FOLDER = Path(__file__).with_name("schemas")

MODULES = {"helm.sh/v3": "helm.v3"}
"""Of a token, where Python's name for it is another one."""

Type = Any
"""`string`, `number`, `boolean`, `any`, or {"list": Type}, {"map": Type}, {"object": name in `types`}."""


@dataclass(frozen=True)
class Kind:
    """One resource type."""

    inputs: dict[str, Type]
    required: list[str]
    outputs: list[str]
    """All properties that the SDK's class has."""


@dataclass(frozen=True)
class Fields:
    """One nested object."""

    fields: dict[str, Type]
    required: list[str]


@dataclass(frozen=True)
class Schema:
    """All types of one SDK that have a row."""

    version: str
    kinds: dict[str, Kind]
    types: dict[str, Fields]


@cache
def load(sdk: str) -> Schema:
    """Of one of SDKS, as it was generated."""
    found = json.loads((FOLDER / f"{sdk}.json").read_text())
    return Schema(
        found["version"],
        {token: Kind(**kind) for token, kind in found["kinds"].items()},
        {name: Fields(**fields) for name, fields in found["types"].items()},
    )


def generate(sdk: str, tokens: typing.Iterable[str]) -> dict[str, Any]:
    """The content of the file; LookupError names a token that the SDK has not."""
    types: dict[str, Any] = {}
    kinds = {token: _kind(sdk, token, types) for token in sorted(tokens)}
    from importlib.metadata import version

    return {"version": version(f"pulumi-{sdk}"), "kinds": kinds, "types": dict(sorted(types.items()))}


def _kind(sdk: str, token: str, types: dict[str, Any]) -> dict[str, Any]:
    from pulumi import _types as typed

    _, module, kind = token.split(":")
    parent = importlib.import_module(f"pulumi_{sdk}.{MODULES.get(module) or module.split('/')[0]}")
    made = getattr(parent, kind, None)
    if made is None:
        raise LookupError(f"pulumi_{sdk} has no {token}. To fix: correct the row, or remove it.")
    source = inspect.getsource(made._internal_init)
    wire = {python: pulumi for pulumi, python in _python_names(made)}
    return {
        "inputs": {key: _type(each, types) for key, each in _arguments(made).items()},
        "required": sorted(wire[key] for key in re.findall(r"Missing required property '(\w+)'", source)),
        "outputs": sorted(typed.resource_types(made)),
    }


def _arguments(made: type) -> dict[str, Any]:
    from pulumi import _types as sdk

    # The package's own name of it may be a nested type's: both are called BucketVersioningArgs.
    module = sys.modules[made.__module__]
    arguments = getattr(module, f"{made.__name__}InitArgs", None) or getattr(module, f"{made.__name__}Args")
    return sdk.input_type_types(arguments)


def _python_names(made: type) -> list[tuple[str, str]]:
    """(name on the wire, name in Python) of each property."""
    getters = inspect.getmembers(made, lambda each: isinstance(each, property))
    return [(getattr(each.fget, "_pulumi_name", name), name) for name, each in getters]


def _type(found: Any, types: dict[str, Any]) -> Type:
    from pulumi import _types as sdk

    found = _bare(found)
    origin, arguments = typing.get_origin(found), typing.get_args(found)
    if not isinstance(origin, type):  # a Literal, or no generic at all
        origin = None
    if origin is not None and issubclass(origin, typing.Sequence):
        return {"list": _type(arguments[0], types)}
    if origin is not None and issubclass(origin, typing.Mapping):
        return {"map": _type(arguments[1], types)}
    if isinstance(found, type) and sdk.is_input_type(found):
        name = f"{found.__module__.rpartition('.')[0]}.{found.__name__}"
        if name not in types:
            types[name] = {}
            wire = sdk.input_type_py_to_pulumi_names(found)
            needed = [
                wire[key]
                for key, each in inspect.signature(found).parameters.items()
                if key in wire and each.default is inspect.Parameter.empty
            ]
            fields = {key: _type(each, types) for key, each in sdk.input_type_types(found).items()}
            types[name] = {"fields": fields, "required": sorted(needed)}
        return {"object": name}
    return {str: "string", int: "number", float: "number", bool: "boolean"}.get(found, "any")


def _bare(found: Any) -> Any:
    """The plain type of an Input: `Union[str, Awaitable[str], Output[str]]` is str."""
    while typing.get_origin(found) in (typing.Union, typing.Optional):
        arguments = typing.get_args(found)
        found = next(each for each in arguments if each is not type(None))
    return found


def main() -> None:
    for sdk in SDKS:
        rows = importlib.import_module(f"tests.doubles.{sdk}").ROWS
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / f"{sdk}.json").write_text(json.dumps(generate(sdk, rows), indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
