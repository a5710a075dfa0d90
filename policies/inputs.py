"""A resource's properties as a rule reads them: by path, and never taking what a preview cannot know for absent."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from provider.protocol import UNKNOWN, PropertyPath, has_unknown


class NotKnownYet(Exception):
    """A rule asked for what only the update will know; the check waits for it."""

    def __init__(self, path: str):
        super().__init__(path)
        self.path = path


@dataclass(frozen=True, eq=False)  # so that it can be the key of a cache
class Inputs:
    """One resource, or a part of it."""

    plain: Mapping[str, Any]
    secrets: frozenset[PropertyPath] = frozenset()
    """Paths whose value no message may show."""
    where: PropertyPath = ()
    """Of this part in its resource."""

    def get(self, path: str = "") -> Any:
        """What `a.b.0` leads to, whole; None where nothing is set.

        Raises NotKnownYet where it, a part of it, or what it is part of, waits for the update.
        """
        value = self._at(path)
        if has_unknown(value):
            raise NotKnownYet(self.path(path))
        return value

    def key(self, path: str, key: str) -> Any:
        """What the mapping at a path holds under a key with dots in it, as an annotation's; None where nothing is.

        Raises NotKnownYet where that one waits for the update, whatever stands beside it.
        """
        held = self._at(path)
        value = held.get(key) if isinstance(held, Mapping) else None
        if has_unknown(value):
            raise NotKnownYet(f"{self.path(path)}.{key}")
        return value

    def each(self, path: str) -> Iterator["Inputs"]:
        """The mappings in the list at a path, or the one that stands there; none where nothing is set."""
        value = self._at(path)
        # What a list of one is in the SDK, some providers keep as the mapping itself.
        found = value if isinstance(value, list) else [] if value is None else [value]
        for index, part in enumerate(found):
            step = (index,) if isinstance(value, list) else ()
            where = (*self.where, *steps(path), *step)
            if part is UNKNOWN:
                raise NotKnownYet(show(where))
            if isinstance(part, Mapping):
                yield Inputs(part, self.secrets, where)

    def path(self, path: str) -> str:
        """As a message names it, from the resource on."""
        return show((*self.where, *steps(path)))

    def shown(self, path: str) -> str:
        """The value for a message."""
        full = (*self.where, *steps(path))
        if any(full[: len(secret)] == secret or secret[: len(full)] == full for secret in self.secrets):
            return "[secret]"
        value = self.get(path)
        return "nothing" if value is None else repr(value)

    def _at(self, path: str) -> Any:
        value: Any = self.plain
        for step in steps(path):
            if value is UNKNOWN:
                raise NotKnownYet(self.path(path))
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return None
        if value is UNKNOWN:
            raise NotKnownYet(self.path(path))
        return value


def steps(path: str) -> PropertyPath:
    """`a.b.0` as keys and indexes. A key with a dot in it is not for here: see Inputs.key."""
    return tuple(int(step) if step.isdecimal() else step for step in path.split(".")) if path else ()


def show(path: PropertyPath) -> str:
    return ".".join(map(str, path))
