"""The table of insecure values: good resources, and what makes each of them bad. It knows no rule, and no rule knows it."""

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from provider.protocol import UNKNOWN

FOLDER = Path(__file__).parent
INSECURE, HELD_OUT = "insecure", "held_out"
"""What rules were written beside, and what they met when they were done."""


@dataclass(frozen=True)
class Resource:
    name: str
    type: str
    inputs: dict[str, Any]


@dataclass(frozen=True)
class Row:
    """One insecure mutation of a good resource."""

    name: str
    resource: Resource
    why: str
    source: tuple[str, ...]


def good() -> dict[str, Resource]:
    """By `<topic>/<name>`."""
    return {
        f"{path.stem}/{name}": Resource(name, each["type"], each["inputs"])
        for path in sorted((FOLDER / "good").glob("*.yaml"))
        for name, each in yaml.safe_load(path.read_text()).items()
    }


def rows(part: str) -> Iterator[Row]:
    """Those of `insecure` or `held_out`, each with the resource as it became, of another `type` where the row says so."""
    bases = good()
    for path in sorted((FOLDER / part).glob("*.yaml")):
        for each in yaml.safe_load(path.read_text()):
            base = bases[f"{path.stem}/{each['of']}"]
            inputs = copy.deepcopy(base.inputs)
            for at, value in each.get("set", {}).items():
                put(inputs, steps(at), value)
            for at in each.get("drop", []):
                drop(inputs, steps(at))
            changed = Resource(base.name, each.get("type", base.type), inputs)
            yield Row(f"{path.stem}/{each['name']}", changed, each["why"], tuple(each["source"]))


def steps(path: str) -> list[str | int]:
    """`a.0."b.c/d"` as keys and indexes."""
    found = re.findall(r'"([^"]*)"|([^."]+)', path)
    return [quoted or (int(plain) if plain.isdecimal() else plain) for quoted, plain in found]


def with_unknowns(value: Any) -> Any:
    """With UNKNOWN for each `?`."""
    if isinstance(value, dict):
        return {key: with_unknowns(each) for key, each in value.items()}
    if isinstance(value, list):
        return [with_unknowns(each) for each in value]
    return UNKNOWN if value == "?" else value


def put(value: Any, path: list[str | int], new: Any) -> None:
    *way, last = path
    for step in way:
        value = value[step] if isinstance(value, list) else value.setdefault(step, {})
    if isinstance(value, list) and last == len(value):
        value.append(new)
    else:
        value[last] = new


def drop(value: Any, path: list[str | int]) -> None:
    *way, last = path
    for step in way:
        value = value[step]
    del value[last]
