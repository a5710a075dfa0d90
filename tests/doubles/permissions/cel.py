"""The Common Expression Language as Google IAM lets conditions and attribute mappings use it.

https://cloud.google.com/iam/docs/conditions-attribute-reference
https://cloud.google.com/iam/docs/workload-identity-federation#conditions
"""

import datetime
import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

import celpy
from celpy import celtypes
from celpy.adapter import json_to_cel
from celpy.celparser import CELParseError
from celpy.evaluation import CELEvalError

FUNCTIONS = frozenset(
    {"startsWith", "endsWith", "contains", "matches", "extract", "size", "has", "getAttribute"}
    | {"timestamp", "duration", "date", "getFullYear", "getMonth", "getDate", "getDayOfMonth"}
    | {"getDayOfWeek", "getDayOfYear", "getHours", "getMinutes", "getSeconds"}
)
API_ATTRIBUTES = frozenset({"storage.googleapis.com/objectListPrefix"})


class UnknownExpression(Exception):
    """An attribute or function that this evaluator does not judge. No ValueError: celpy keeps those to itself."""


class Unevaluable(Exception):
    """The expression reads something that the request does not have: Google then grants nothing by it."""


def evaluate(expression: str, attributes: frozenset[str], values: Mapping[str, Any]) -> Any:
    """Plain Python of what `expression` yields over `values`, nested mappings.

    `attributes` are the dotted names it may read, with root.* for all below a root. Raises UnknownExpression, even in
    a part that would not be reached, and Unevaluable.
    """
    try:
        tree = _environment().compile(expression)
    except CELParseError as error:
        raise UnknownExpression(f"{expression!r} is no CEL: {error}") from None
    _check(tree, expression, attributes)
    _rename(tree)
    program = _environment().program(tree, functions=_EXTENSIONS)
    try:
        return _plain(program.evaluate({f"{_OURS}{root}": _lifted(value) for root, value in values.items()}))
    except CELEvalError as error:
        raise Unevaluable(str(error.args[0])) from None


def extract(value: str, template: str) -> str:
    """What stands in `value` where `template` has {name}, or nothing.

    https://cloud.google.com/iam/docs/conditions-attribute-reference#extract
    """
    if not (read := re.fullmatch(r"([^{}]*)\{\w+\}([^{}]*)", template)):
        raise UnknownExpression(f"extract({template!r}) needs one {{name}}")
    prefix, suffix = read.groups()
    _, found, rest = value.partition(prefix) if prefix else ("", "yes", value)
    inner, ended, _ = rest.partition(suffix) if suffix else (rest, "yes", "")
    return inner if found and ended else ""


def _attribute_of_api(api: Mapping[str, str], key: str, default: str) -> str:
    if key not in API_ATTRIBUTES:
        raise UnknownExpression(f"API attribute {key!r} is not judged here. To fix: add it to cel.py.")
    return api.get(celtypes.StringType(key), default)


def _date(text: str) -> celtypes.TimestampType:
    return celtypes.TimestampType(f"{text}T00:00:00Z")


_OURS = "our_"
"""Before each root: `google` alone is a package of protobuf's types to celpy, and hides an attribute of that name."""

_EXTENSIONS: dict[str, Any] = {
    "extract": lambda value, template: celtypes.StringType(extract(value, template)),
    "getAttribute": _attribute_of_api,
    "date": _date,
}


@functools.cache
def _environment() -> celpy.Environment:
    return celpy.Environment()


def _check(tree: Any, expression: str, attributes: frozenset[str]) -> None:
    roots = {each.partition(".")[0] for each in attributes}
    for kind, name in _names(tree):
        known = {"function": name in FUNCTIONS, "root": name in roots, "attribute": True}[kind]
        if kind == "attribute" and name.partition(".")[0] in roots:
            known = name in attributes or f"{name.partition('.')[0]}.*" in attributes
        if not known:
            raise UnknownExpression(
                f"{expression!r} uses {name!r}, which is not judged here. To fix: add it to cel.py."
            )


def _rename(tree: Any) -> None:
    for node in tree.iter_subtrees():
        if node.data == "ident":
            node.children[0] = node.children[0].update(value=f"{_OURS}{node.children[0]}")


def _names(tree: Any) -> Iterator[tuple[str, str]]:
    """Functions called, roots read and, of a root, the member read."""
    for node in tree.iter_subtrees():
        if node.data in ("ident_arg", "dot_ident_arg"):
            yield "function", str(node.children[0])
        elif node.data == "member_dot_arg":
            yield "function", str(node.children[1])
        elif node.data == "ident":
            yield "root", str(node.children[0])
        elif node.data == "member_dot" and (root := _root(node.children[0])):
            yield "attribute", f"{root}.{node.children[1]}"


def _root(member: Any) -> str | None:
    """The name, where `member` is a bare one."""
    primary = member.children[0]
    inner = primary.children[0] if primary.data == "primary" else None
    return str(inner.children[0]) if inner is not None and inner.data == "ident" else None


def _lifted(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return celtypes.TimestampType(value)
    if isinstance(value, Mapping):
        return celtypes.MapType({celtypes.StringType(key): _lifted(each) for key, each in value.items()})
    return json_to_cel(value)


def _plain(value: Any) -> Any:
    if isinstance(value, celtypes.BoolType):
        return bool(value)
    if isinstance(value, celtypes.ListType):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, celtypes.StringType) else value
