"""A resource's properties as the requests that the provider sends for it, shaped by botocore's models."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Shape = Any
"""botocore's."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request of a creation. It takes each property and given output that its operation has a member for."""

    operation: str
    """`ec2:CreateVpc`."""
    takes: Mapping[str, str] = field(default_factory=dict)
    """Properties whose member is called otherwise, or lies deeper: `Tagging.TagSet`; a list on the way has one element."""
    always: Mapping[str, Any] = field(default_factory=dict)
    """Members that the provider sets by itself."""
    sets: str = ""
    """It is sent only where this property is set, and takes nothing else but what `takes` names."""
    gives: Mapping[str, str] = field(default_factory=dict)
    """Outputs, by their JMESPath in the answer; later calls take them as properties."""


def request(call: Call, shape: Shape, values: Mapping[str, Any]) -> tuple[dict[str, Any], set[str]]:
    """Its parameters, and which of the values it carries. `shape` is that of the operation's input."""
    found, taken = {}, {call.sets} - {""}
    for name, value in values.items():
        if call.sets and name not in {call.sets, *call.takes}:
            continue
        if path := call.takes.get(name) or _member(shape, name):
            _put(shape, found, path.split("."), value)
            taken.add(name)
    for path, value in call.always.items():
        _put(shape, found, path.split("."), value)
    return found, taken


def _put(shape: Shape, within: dict[str, Any], path: list[str], value: Any) -> None:
    step, *below = path
    member = shape.members[step]
    if not below:
        within[step] = _shaped(member, value)
    elif member.type_name == "list":
        _put(member.member, within.setdefault(step, [{}])[0], below, value)
    else:
        _put(member, within.setdefault(step, {}), below, value)


def _shaped(shape: Shape, value: Any) -> Any:
    """A value as the API has it; LookupError names a nested property that it has not."""
    if shape.type_name == "list":
        if isinstance(value, Mapping) and (pair := _tag(shape.member)):
            return [dict(zip(pair, item, strict=True)) for item in value.items()]
        return [_shaped(shape.member, each) for each in (value if isinstance(value, list) else [value])]
    if shape.type_name != "structure":
        [value] = value if isinstance(value, list) else [value]
        return value
    if isinstance(value, bool):
        return {"Value": value}  # an attribute of EC2's
    if isinstance(value, list):
        [value] = value  # Pulumi has a list where the provider allows one block
    found = {}
    for name, each in value.items():
        member = _member(shape, name)
        if member is None:
            raise LookupError(f"{shape.name} has no {name}. To fix: correct the case, or name its member in calls.py.")
        found[member] = _shaped(shape.members[member], each)
    return found


def _tag(shape: Shape) -> Sequence[str]:
    """Members of a tag, key first, where the shape is one: AWS' services have three spellings of it."""
    members = sorted(getattr(shape, "members", []))
    return members if [name.lower().removeprefix("tag") for name in members] == ["key", "value"] else ()


def _member(shape: Shape, name: str) -> str | None:
    return {_key(each): each for each in shape.members}.get(_key(name))


def _key(name: str) -> str:
    """`subnetIds` and SubnetId, `kmsMasterKeyId` and KMSMasterKeyID."""
    return re.sub(r"[^a-z0-9]", "", name.lower()).removesuffix("s")
