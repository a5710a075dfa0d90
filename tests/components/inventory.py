"""Reading the YAML inventories: which value of which resource matters."""

from typing import Any


def dig(value: Any, path: str) -> Any:
    """What `a/0/b` leads to in nested mappings and lists."""
    for step in path.split("/"):
        value = value[int(step)] if isinstance(value, list) else value.get(step)
    return value


def values(table: dict[str, dict[str, Any]]) -> list[tuple[str, str, Any]]:
    """(resource, path, expected value) for each line of an inventory."""
    return [(name, path, value) for name, lines in table.items() for path, value in lines.items()]
