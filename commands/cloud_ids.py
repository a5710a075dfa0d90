"""Which id a resource of a cloud has: by its inputs where they fix it, by its tags where AWS makes it up."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from components.naming import RESOURCE_TAG

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What Pulumi writes for a value that a preview does not know."""


@dataclass(frozen=True)
class Table:
    fixed: Mapping[str, str]
    """By type: how inputs make the id."""
    tagged: Mapping[str, str]
    """By type: service and type of its ARN."""
    by_arn: Sequence[str]
    """Of these: those whose id is the ARN itself, not its end."""


TABLE = Table(**yaml.safe_load(Path(__file__).with_name("cloud_ids.yaml").read_text()))

Tagged = Mapping[tuple[str, str], str]
"""Ids by type of the ARN and name in the program."""


def id_of(token: str, inputs: Mapping[str, Any], tagged: Tagged, account: str | None = None) -> str | None:
    """The id that the cloud gives to a resource of these inputs; None where nothing tells it yet.

    `account` is that of AWS, of which some ids are made.
    """
    if token in TABLE.tagged:
        return tagged.get((TABLE.tagged[token], inputs.get("tags", {}).get(RESOURCE_TAG, "")))
    if token not in TABLE.fixed:
        return None
    # Google calls the same thing a region here and a location there.
    where = {"region": inputs.get("region") or inputs.get("location"), "account": account}
    where["host"] = inputs.get("url", "").removeprefix("https://")
    try:
        found = TABLE.fixed[token].format(**{**where, **inputs})
    except KeyError:
        return None
    return None if UNKNOWN in found or "None" in re.split("[/:]", found) else found


def tagged(mappings: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], str]:
    """Of the answer of AWS' tagging API: `arn:aws:ec2:eu-west-1:123456789012:vpc/vpc-1` is ("ec2:vpc", name): vpc-1.

    A type of ARN ends at a slash or at a colon, as in `secret:tradewind/...`.
    """
    found = {}
    for each in mappings:
        service, path = each["resourceArn"].split(":", 5)[2::3]
        kind, *rest = re.split("[/:]", path, maxsplit=1)
        id = each["resourceArn"] if f"{service}:{kind}" in TABLE.by_arn else "".join(rest).rpartition("/")[2]
        found[f"{service}:{kind}", each["tags"].get(RESOURCE_TAG, "")] = id
    return found
