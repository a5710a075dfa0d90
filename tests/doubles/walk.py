"""The values of a resource laid beside a cloud's own description of its API, member by member."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, Protocol

from tests.doubles.rows import Row

Finding = tuple[Literal["checked", "unmatched", "wrong"], str, str]
"""(what, path of the property, what is wrong with it)."""


class Node(Protocol):
    """One place in the description of an API."""

    kind: Literal["object", "list", "map", "leaf"]

    def members(self) -> Mapping[str, "Node"]:
        """Of an object."""
        ...

    def element(self) -> "Node":
        """Of a list or a map."""
        ...

    def wrong(self, value: Any) -> Iterator[str]:
        """What is wrong with a leaf's value, or with a list's length."""
        ...


def findings(row: Row, roots: list[Node], inputs: Mapping[str, Any], apart: frozenset[str]) -> Iterator[Finding]:
    """One for each value that is set; a value that no root knows is `unmatched`. `apart` is checked elsewhere."""
    referring = {each.path.partition("/")[0] for each in row.refers}
    for name, value in inputs.items():
        if name in apart or name in row.unchecked or value is None or name.startswith("__"):
            continue
        found = next((member for root in roots if (member := _member(row, root, name, name))), None)
        if found and name not in row.ruled:
            yield from _below(row, found, value, name)
        else:
            yield "checked" if name in row.ruled | referring else "unmatched", name, ""


def _member(row: Row, node: Node, name: str, path: str) -> Node | None:
    """What a property is in an object; a rename may lead several levels down."""
    if renamed := row.renames.get(path):
        found: Node | None = node
        for step in renamed.split("."):
            found = _plain(found).members().get(step) if found else None
        return found
    return {_key(each): member for each, member in node.members().items()}.get(_key(name))


def _plain(node: Node) -> Node:
    """A list's element: Pulumi and the APIs differ in where one element stands for a list."""
    while node.kind == "list":
        node = node.element()
    return node


def _key(name: str) -> str:
    """Names of both sides meet here: `numCacheClusters` and NumCacheClusters, `subnetIds` and SubnetId."""
    return re.sub(r"[^a-z0-9]", "", name.lower()).removesuffix("s")


def _below(row: Row, node: Node, value: Any, path: str) -> Iterator[Finding]:
    inner = _plain(node)
    if isinstance(value, list):
        if node.kind == "list":
            yield from (("wrong", path, why) for why in node.wrong(value))
        for each in value:
            yield from _below(row, inner, each, path)
    elif isinstance(value, Mapping):
        for name, each in value.items():
            below = f"{path}/{name}"
            if each is None or below in row.unchecked:
                continue
            if inner.kind == "map":
                yield from _below(row, inner.element(), each, below)
            else:
                member = _member(row, inner, name, below) if inner.kind == "object" else None
                yield from _below(row, member, each, below) if member else [("unmatched", below, "")]
    else:
        yield "checked", path, ""
        yield from (("wrong", path, why) for why in inner.wrong(value))
