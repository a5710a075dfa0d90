"""What differs between two property trees."""

from collections.abc import Mapping
from typing import Any

from provider.protocol.plugin import Change
from provider.protocol.values import PropertyPath


def compare(old: Any, new: Any, path: PropertyPath = ()) -> dict[PropertyPath, Change]:
    """The paths that differ, at the deepest place where they do. Two unknown values are equal."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return _compared({key: old[key] for key in old}, {key: new[key] for key in new}, path)
    if isinstance(old, list) and isinstance(new, list):
        return _compared(dict(enumerate(old)), dict(enumerate(new)), path)
    # 1 == True in Python; in JSON they differ.
    same = old == new and isinstance(old, bool) == isinstance(new, bool)
    return {} if same else {path: "update"}


def _compared(old: dict[Any, Any], new: dict[Any, Any], path: PropertyPath) -> dict[PropertyPath, Change]:
    changes: dict[PropertyPath, Change] = {}
    for key in sorted(old.keys() | new.keys()):
        here = (*path, key)
        if key not in new:
            changes[here] = "delete"
        elif key not in old:
            changes[here] = "add"
        else:
            changes |= compare(old[key], new[key], here)
    return changes
