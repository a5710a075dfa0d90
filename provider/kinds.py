"""What one kind of resource of this plugin does; the server hands each call to the kind of the resource."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from provider.protocol import UNKNOWN, Checked, Created, Diff, Found, Resource, Values

Progress = Callable[[str], None]
"""Takes one line of progress; it shows beside the resource."""


class Kind(Protocol):
    """The calls of provider.protocol.Plugin, for one type of resource."""

    def check(self, resource: Resource) -> Checked: ...
    def diff(self, resource: Resource) -> Diff: ...
    def create(self, resource: Resource, progress: Progress) -> Created: ...
    def read(self, resource: Resource) -> Found | None: ...
    def update(self, resource: Resource, progress: Progress) -> Values: ...
    def delete(self, resource: Resource, progress: Progress) -> None: ...


@dataclass(frozen=True)
class Field:
    """One input: its type, whether it must be given, and what to write instead of a wrong value."""

    type: type
    fix: str
    required: bool = True


def misfits(given: Mapping[str, Any], fields: Mapping[str, Field]) -> list[tuple[str, str]]:
    """(property, reason) for each input that is unknown to the kind, missing, or of a wrong type."""
    wrong = [
        (name, f"{name} is not an input of this resource. To fix: remove it; there are {', '.join(fields)}.")
        for name in given
        if name not in fields
    ]
    for name, field in fields.items():
        value = given.get(name)
        if value is None:
            if field.required:
                wrong.append((name, f"{name} must be given. To fix: {field.fix}."))
        elif value is not UNKNOWN and type(value) is not field.type:
            kind = field.type.__name__
            wrong.append((name, f"{name} must be of type {kind}, got {value!r}. To fix: {field.fix}."))
    return wrong
