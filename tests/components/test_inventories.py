"""The clouds' stacks as graphs: how many resources of each type, and the values that matter (inventories/*.yaml)."""

import importlib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.components import stacks
from tests.components.inventory import dig, values

pytestmark = pytest.mark.stack

INVENTORIES = {
    kind: yaml.safe_load((Path(__file__).parent / "inventories" / f"{kind}.yaml").read_text())
    for kind in ("aws", "gcp")
}
VALUES = [
    (f"{kind}-{tier}", *line)
    for kind, found in INVENTORIES.items()
    for tier in ("dev", "prod")
    for line in values(found[tier])
]


@pytest.mark.parametrize("kind", INVENTORIES)
def test_a_stack_has_these_resources_and_no_others(kind: str):
    dev, prod = (stacks.plain(kind, f"{kind}-{tier}").counts() for tier in ("dev", "prod"))
    assert dev == INVENTORIES[kind]["counts"], f"to fix: review, then write:\n{yaml.safe_dump(dev)}"
    assert Counter(prod) == Counter(dev) + Counter(INVENTORIES[kind]["more_in_prod"])
    assert Counter(stacks.peered(kind).counts()) == Counter(dev) + Counter(INVENTORIES[kind]["more_with_peer"])


@pytest.mark.parametrize("kind", INVENTORIES)
def test_what_doctor_asks_of_the_quotas_is_what_a_stack_has(kind: str):
    counts = INVENTORIES[kind]["counts"]
    prod = Counter(counts) + Counter(INVENTORIES[kind]["more_in_prod"])
    needs = importlib.import_module(f"components.platforms.accounts.{kind}_quotas").NEEDS
    assert needs
    for need in needs:
        assert need.count == {"dev": counts[need.taker], "prod": prod[need.taker]}, need.what


@pytest.mark.parametrize(("stack", "resource", "path", "expected"), VALUES)
def test_a_value_that_matters(stack: str, resource: str, path: str, expected: Any):
    assert dig(stacks.plain(stack.partition("-")[0], stack).one(resource), path) == expected
