"""A program with no component: the resources of plan.json, each by the class of its SDK, in their order.

bench/previews.py writes plan.json from what a preview of the stack showed. Kubernetes' objects take the base class here
as in components/objects.py: their own classes' import would slow this side alone.
"""

import importlib
import json
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime.rpc import UNKNOWN

from provider.protocol import allow_deep_messages

Made = dict[str, pulumi.CustomResource]

CLOUDS = ("aws", "gcp")
"""Whose resources are made by the classes of their SDKs."""


def main() -> None:
    allow_deep_messages()
    made: Made = {}
    for planned in json.loads(Path("plan.json").read_text()):
        made[planned["urn"]] = make(planned, made)


def make(planned: dict[str, Any], made: Made) -> pulumi.CustomResource:
    """The resource, after all that it refers to."""
    token, name = planned["type"], planned["urn"].rpartition("::")[2]
    provider = made.get(planned["provider"])
    assert provider is None or isinstance(provider, pulumi.ProviderResource)
    depends_on = [made[urn] for urn in planned["dependencies"] if urn in made]
    opts = pulumi.ResourceOptions(depends_on=depends_on, protect=planned["protect"], provider=provider)
    inputs = {
        key: with_references(value, [made[urn] for urn in planned["references"].get(key, []) if urn in made])
        for key, value in planned["inputs"].items()
    }
    package, _, rest = token.partition(":")
    if package == "pulumi":
        return pulumi.ProviderResource(rest.rpartition(":")[2], name, inputs, opts)
    if package not in CLOUDS:
        return pulumi.CustomResource(token, name, inputs, opts)
    return class_of(token)(name, opts=opts, **{planned["names"][key]: value for key, value in inputs.items()})


def class_of(token: str) -> type[pulumi.CustomResource]:
    """Of a cloud's SDK: `aws:ec2/vpc:Vpc` is pulumi_aws.ec2.Vpc."""
    package, module, kind = token.split(":")
    return getattr(importlib.import_module(f"pulumi_{package}.{module.partition('/')[0]}"), kind)


def with_references(value: Any, to: list[pulumi.CustomResource]) -> Any:
    """`value`, each text in it that a preview cannot know made to wait for `to`."""
    if isinstance(value, dict):
        return {key: with_references(each, to) for key, each in value.items()}
    if isinstance(value, list):
        return [with_references(each, to) for each in value]
    if value == UNKNOWN and to:  # what a lookup will tell has nothing to wait for, and the engine reads the mark itself
        return pulumi.Output.all(*(each.id for each in to)).apply(lambda _: "")
    return value


if __name__ == "__main__":
    main()
