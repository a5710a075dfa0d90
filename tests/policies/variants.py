"""The good stacks again, as other teams would have written them: elsewhere, of other names, of other sizes, as secure."""

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

from tests.policies import table
from tests.policies.table import Resource

SEED = 6
EACH = 6
"""Variants of each topic's stack."""

Variation = Callable[[dict[str, Any], random.Random], dict[str, Any]]


def _written(*choices: dict[str, str]) -> Variation:
    """One of `choices`, each what to write in place of what, wherever it stands."""

    def vary(inputs: dict[str, Any], chance: random.Random) -> dict[str, Any]:
        text = json.dumps(inputs)
        for old, new in chance.choice(choices).items():
            text = text.replace(old, new)
        return json.loads(text)

    return vary


def _tagged(inputs: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    extra = chance.choice([{}, {"team": "search"}, {"team": "search", "cost-centre": "4711"}])
    return {key: {**value, **extra} if key in ("tags", "labels") else value for key, value in inputs.items()}


def _grown(inputs: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    more = chance.choice([0, 1, 2])
    counts = ("numCacheClusters", "replicaCount", "shardCount", "numNodeGroups", "replicasPerNodeGroup")
    return {key: value + more if key in counts else value for key, value in inputs.items()}


VARIATIONS: tuple[Variation, ...] = (
    _written(
        {},
        {"eu-west-1": "us-east-2", "europe-west1": "us-central1"},
        {"eu-west-1": "eu-central-1", "europe-west1": "europe-west4"},
    ),
    _written(
        {},
        {"123456789012": "210987654321", "tradewind-prod": "models-live"},
        {"embedder": "ranker", "models/": "artifacts/"},
    ),
    _written({}, {"m7g.large": "m7g.2xlarge", "STANDARD_SMALL": "HIGHMEM_XLARGE", '"1.34"': '"1.35"'}),
    _tagged,
    _grown,
)


def variants() -> Iterator[tuple[str, list[Resource]]]:
    """`<topic>-<number>` and its stack; the same on every run."""
    stacks: dict[str, list[Resource]] = {}
    for name, resource in table.good().items():
        stacks.setdefault(name.partition("/")[0], []).append(resource)
    for topic, resources in stacks.items():
        for number in range(EACH):
            yield f"{topic}-{number}", [_varied(each, f"{SEED} {topic} {number}") for each in resources]


def _varied(resource: Resource, seed: str) -> Resource:
    """All resources of a variant draw the same, so that they still name each other."""
    chance, inputs = random.Random(seed), resource.inputs
    for vary in VARIATIONS:
        inputs = vary(inputs, chance)
    return Resource(resource.name, resource.type, inputs)
