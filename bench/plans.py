"""What a preview shows of a stack, made into the plan of a program with no component."""

import json
import re
from collections.abc import Mapping
from typing import Any

from pulumi._types import resource_pulumi_to_py_names  # the SDKs' own table; pulumi gives no public way to it

from bench.bare import CLOUDS, class_of

SECRET = "4dabf18193072939515e22adb298388d"  # noqa: S105
"""The key by which a preview marks a value that it does not show: sdk/python's rpc._special_sig_key."""

DEFAULT_PROVIDER = re.compile(r"::pulumi:providers:\w+::default")

Planned = dict[str, Any]
"""A resource: its urn, type and inputs, and what it waits for."""


def plan(preview: str) -> list[Planned]:
    """The resources of `pulumi preview --json` but for what Pulumi itself makes, in the order of their making."""
    states = [step["newState"] for step in json.loads(preview)["steps"]]
    return [_planned(state) for state in states if state.get("custom") and not DEFAULT_PROVIDER.search(state["urn"])]


def _planned(state: Mapping[str, Any]) -> Planned:
    inputs = {key: _shown(value) for key, value in state.get("inputs", {}).items() if not key.startswith("__")}
    return {
        "urn": state["urn"],
        "type": state["type"],
        "inputs": inputs,
        "names": _names(state["type"]),
        "references": state.get("propertyDependencies", {}),
        "dependencies": state.get("dependencies", []),
        "provider": state.get("provider", "").rpartition("::")[0],
        "protect": bool(state.get("protect")),
    }


def _names(token: str) -> Mapping[str, str]:
    """What a cloud's SDK calls each property; of no use where the base class takes them as they are."""
    return resource_pulumi_to_py_names(class_of(token)) if token.partition(":")[0] in CLOUDS else {}


def _shown(value: Any) -> Any:
    """A secret is shown as a mark; the bare program carries another text of as little meaning."""
    if isinstance(value, dict):
        return "secret" if SECRET in value else {key: _shown(each) for key, each in value.items()}
    return [_shown(each) for each in value] if isinstance(value, list) else value
