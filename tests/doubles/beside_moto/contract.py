"""The cases, and how both sides come to what they answer to one."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, Protocol

import yaml

from tests.doubles.rows import merged

FOLDER = Path(__file__).parent
Answer = Literal["accepts", "refuses"]
HEADINGS: Mapping[str, Answer] = {"accepted": "accepts", "refused": "refuses"}
REFERENCE = re.compile(r"\$\{([a-z-]+)\.(\w+)\}")


class Refused(Exception):
    """A side's refusal, in its words."""


class Side(Protocol):
    """A cloud that starts empty."""

    def make(self, token: str, inputs: dict[str, Any]) -> Mapping[str, Any]:
        """The new resource's properties; Refused says why there is none."""
        ...


@dataclass(frozen=True, kw_only=True)
class Case:
    name: str
    token: str
    inputs: Mapping[str, Any]
    after: tuple[str, ...]
    """Resources that are there before, beside those that the inputs name."""
    aws: Answer
    """What AWS does, or the provider before it, by their documentation."""

    def __str__(self) -> str:
        return self.name


@cache
def resources() -> Mapping[str, Mapping[str, Any]]:
    """By their names in the cases, as our stacks make them."""
    files = sorted((FOLDER / "cases").glob("*.yaml"))
    return {name: each for file in files for name, each in yaml.safe_load(file.read_text()).items()}


def cases() -> Iterator[Case]:
    for name, whole in resources().items():
        yield _case(name, whole, {}, "accepts")
        for key, aws in HEADINGS.items():
            for what, change in whole.get(key, {}).items():
                yield _case(f"{name}: {what}", whole, change, aws)


def _case(name: str, whole: Mapping[str, Any], change: Mapping[str, Any], aws: Answer) -> Case:
    after = change.get("after", whole.get("after", ()))
    inputs = merged(whole["inputs"], {key: value for key, value in change.items() if key != "after"})
    given = {key: value for key, value in inputs.items() if value is not None}
    return Case(name=name, token=whole["type"], inputs=given, after=tuple(after), aws=aws)


def answer(case: Case, side: Side) -> tuple[Answer, str]:
    """What the side says to it, and its words; whatever the case stands on has to be accepted."""
    made: dict[str, Mapping[str, Any]] = {}
    for name in _needed(case.inputs, case.after):
        if name not in made:
            made[name] = side.make(resources()[name]["type"], filled(resources()[name]["inputs"], made))
    inputs = filled(case.inputs, made)
    try:
        side.make(case.token, inputs)
    except Refused as refused:
        return "refuses", str(refused)
    return "accepts", ""


def _needed(inputs: Mapping[str, Any], after: tuple[str, ...]) -> Iterator[str]:
    """Names of resources, each after those that it needs; some more than once."""
    for name in [*after, *_named(inputs)]:
        yield from _needed(resources()[name]["inputs"], tuple(resources()[name].get("after", ())))
        yield name


def _named(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from (name for name, _ in REFERENCE.findall(value))
    elif isinstance(value, Mapping | list):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _named(each)


def filled(value: Any, made: Mapping[str, Mapping[str, Any]]) -> Any:
    """The same with what the others are called in this cloud."""
    if isinstance(value, str):
        return REFERENCE.sub(lambda found: made[found[1]][found[2]], value)
    if isinstance(value, Mapping):
        return {key: filled(each, made) for key, each in value.items()}
    return [filled(each, made) for each in value] if isinstance(value, list) else value
