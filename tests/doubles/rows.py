"""What a double knows of one resource type beyond the SDK's schema: a row of a table, data wherever it can be."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.doubles.cloud import Cloud

Path = str
"""Of a property, as in `vpcConfig/subnetIds/*`; `*` is each element of a list."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """One resource that is being made."""

    account: str
    """AWS account, or Google project."""
    region: str
    name: str
    """In the program."""
    inputs: dict[str, Any]
    id: str
    """Empty while one is sought for it."""
    cloud: Cloud

    def token(self, length: int, alphabet: str = "0123456789abcdef", salt: str = "") -> str:
        """Letters that look random and are fixed by the id, or make one; what is made anew gets another than before."""
        seed = self.id or f"{self.name}/{self.cloud.serial()}"
        digest = hashlib.sha256(f"{self.account}/{self.region}/{seed}/{salt}".encode()).digest() * 2
        return "".join(alphabet[byte % len(alphabet)] for byte in digest[:length])


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A property that names another resource, which has to be there."""

    path: Path
    tokens: tuple[str, ...]
    output: str = "id"
    """Of the other resource: what the property holds."""
    holds: bool = True
    """The other one cannot go before this one."""


@dataclass(frozen=True, kw_only=True)
class Served:
    """How a client reaches what runs behind a resource."""

    address: str
    """host:port, on loopback."""
    authority: str
    """PEM in base64, of whoever signed its certificate."""


Rule = Callable[[Mapping[str, Any], Facts], Iterable[tuple[Path, str]]]
"""(property, what is wrong) of the inputs; values that a preview does not know are left out of them."""


@dataclass(frozen=True, kw_only=True)
class Row:
    id: Callable[[Facts], str]
    outputs: Callable[[Facts], Mapping[str, Any]] = field(default=lambda facts: {})
    """What the cloud makes up: merged into the inputs, deeply."""
    serves: Callable[[Served], Mapping[str, Any]] | None = None
    """Of what runs behind it in a rehearsal: the outputs that lead there, laid over the others."""
    api: tuple[str, ...] = ()
    """Where the properties' values are checked: operations of botocore, schemas of a discovery document."""
    renames: Mapping[Path, str] = field(default_factory=dict)
    """Properties that the API calls otherwise."""
    unchecked: Mapping[Path, str] = field(default_factory=dict)
    """Properties that nobody judges, each with the reason."""
    ruled: frozenset[Path] = frozenset()
    """Properties that `rules` judge, and no source does: an argument of a request, a value that is free text there."""
    refers: tuple[Reference, ...] = ()
    unique: tuple[str, ...] = ()
    """Properties whose values together no second resource may have."""
    rules: tuple[Rule, ...] = ()
    """Of the values alone; a preview asks them too."""
    conflicts: tuple[Rule, ...] = ()
    """Of the values beside what is there already; asked when it is made or changed."""
    replaces: frozenset[str] = frozenset()
    """Properties that no source says to need a new resource, and do."""
    refuses_deletion: Callable[[Mapping[str, Any]], str | None] = field(default=lambda inputs: None)
    imported_by: Callable[[Mapping[str, Any]], str] | None = None
    """What `pulumi import` calls it by, where that is not its id."""
    again: bool = False
    """Whether its creation takes up what is there already: a setting of another resource, a member of a role."""
    leaves: Callable[[Mapping[str, Any]], bool] = field(default=lambda inputs: False)
    """Whether its deletion changes nothing in the cloud."""
    kept: str = ""
    """Why the cloud keeps it after its deletion; empty: it is gone."""
    ends: Callable[[Mapping[str, Any]], bool] = field(default=lambda inputs: False)
    """Whether it is gone all the same, since it was asked for so."""


def values_at(tree: Any, path: Path) -> list[Any]:
    """What stands at a path, none or several."""
    found = [tree]
    for step in path.split("/"):
        if step == "*":
            found = [each for value in found if isinstance(value, list) for each in value]
        else:
            found = [value[step] for value in found if isinstance(value, dict) and step in value]
    return found


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` laid on `under`, key by key in nested mappings."""
    result = dict(under)
    for key, value in over.items():
        below = result.get(key)
        result[key] = merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return result
