"""What a lost create has made, and no state knows of: found by the id that its inputs fix, and taken into the state.

A create whose answer was lost, or whose engine was killed, leaves a resource that the next update would make again, or
meet as one that exists. So whatever a preview is about to create is looked for first.
"""

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from commands.cloud_ids import TABLE, Tagged, id_of, tagged
from commands.engine import asked
from commands.plan import Step, preview
from commands.stages import report
from components.naming import OWNER_TAG

State = dict[str, Any]
"""A resource as a checkpoint has it."""

RELEASE = "kubernetes:helm.sh/v3:Release"

ROUNDS = 8
"""Ids are made of the ids of what stands below: a ring, its key, who may use it."""


def applies(resources: Sequence[State]) -> bool:
    """Whether a provider of the stack makes what would have to be looked for."""
    # What is applied to a cluster is adopted by being applied again; charts are released on the clouds alone.
    packages = {token.partition(":")[0] for token in TABLE.fixed} - {"kubernetes"}
    return any(resource["type"].removeprefix("pulumi:providers:") in packages for resource in resources)


def adopt(stack: str) -> int:
    """Takes in all that is there already; how many there were."""
    found = 0
    for _ in range(ROUNDS):
        export = _json(stack, "stack", "export")
        planned = _planned(preview(stack, checked=False), export)
        wanted = list(_candidates(stack, planned, export))
        before = {resource["urn"] for resource in _resources(export)}
        if not wanted:
            break
        _write(stack, {**export, "deployment": {**export["deployment"], "resources": [*_resources(export), *wanted]}})
        # What is not there, the refresh drops again.
        targets = [word for resource in wanted for word in ("--target", resource["urn"])]
        _quietly(stack, "refresh", "--yes", "--skip-preview", *targets)
        adopted = [each for each in _resources(_json(stack, "stack", "export")) if each["urn"] not in before]
        for resource in adopted:
            report(f"adopted {resource['urn'].rpartition('::')[2]}: {resource['id']}")
        _remove_half_released(stack, adopted)
        if not adopted:
            break
        found += len(adopted)
    return found


def _planned(steps: Sequence[Step], export: Mapping[str, Any]) -> list[State]:
    """What is to be created by a provider that is up."""
    there = {resource["urn"] for resource in _resources(export)}
    news = [step["newState"] for step in steps if step["op"] == "create"]
    return [new for new in news if new["urn"] not in there and _provider(new) in there]


def _candidates(stack: str, planned: Sequence[State], export: Mapping[str, Any]) -> Iterator[State]:
    """Whatever of it may be there already, as the state would have it."""
    there = {resource["urn"]: resource for resource in _resources(export)}
    by_provider: dict[str, Tagged] = {}
    for new in planned:
        provider = there[_provider(new)]
        if new["type"] in TABLE.tagged and provider["urn"] not in by_provider:
            by_provider[provider["urn"]] = _ask_for_tagged(stack, provider, new["inputs"]["tags"])
        tagged_ids = by_provider.get(provider["urn"], {})
        id = id_of(new["type"], new.get("inputs", {}), tagged_ids, _account(provider))
        if not id:
            continue
        kept = ("urn", "type", "custom", "inputs", "provider", "retainOnDelete", "protect")
        resource = {key: new[key] for key in kept if key in new}
        parent = new.get("parent") if new.get("parent") in there else _stack(there)
        needs = [need for need in new.get("dependencies") or [] if need in there]
        yield {**resource, "id": id, "outputs": {}, "parent": parent, "dependencies": needs}


def _remove_half_released(stack: str, adopted: Sequence[State]) -> None:
    """A release whose install was cut short: Helm upgrades none, so that it has to go for the next to come."""
    for resource in adopted:
        status = resource.get("outputs", {}).get("status") if resource["type"] == RELEASE else None
        if isinstance(status, Mapping) and str(status.get("status")).startswith("pending"):
            _quietly(stack, "destroy", "--yes", "--skip-preview", "--target", resource["urn"])
            report(f"removed {resource['id']}, whose install was cut short")


def _ask_for_tagged(stack: str, provider: State, tags: Mapping[str, str]) -> Tagged:
    """Everything that this stack has tagged."""
    from commands.lookup import ask  # gRPC takes a fifth of a second to load, and few need it

    filters = [{"key": OWNER_TAG, "values": [tags[OWNER_TAG]]}]
    function = "aws:resourcegroupstaggingapi/getResources:getResources"
    return tagged(ask(stack, "aws", provider["inputs"], function, {"tagFilters": filters})["resourceTagMappingLists"])


def _account(provider: State) -> str | None:
    """Of AWS: the one that the stack may act in."""
    allowed = json.loads(provider.get("inputs", {}).get("allowedAccountIds") or "[]")
    return next(iter(allowed), None)


def _provider(resource: State) -> str:
    return resource.get("provider", "").rpartition("::")[0]


def _stack(there: Mapping[str, State]) -> str:
    return next(urn for urn, resource in there.items() if resource["type"] == "pulumi:pulumi:Stack")


def _resources(export: Mapping[str, Any]) -> list[State]:
    return export["deployment"].get("resources") or []


def _json(stack: str, *arguments: str) -> dict[str, Any]:
    return json.loads(_quietly(stack, *arguments))


def _write(stack: str, export: Mapping[str, Any]) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:  # with mode 600
        json.dump(export, file)
        file.flush()
        _quietly(stack, "stack", "import", "--file", file.name)


def _quietly(stack: str, *arguments: str) -> str:
    return asked(stack, *arguments, fix="repair what it names, then run `make recover`.")
