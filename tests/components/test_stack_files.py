"""The clouds' stacks as they are committed: complete but for the account, and none in another's way."""

import importlib
import ipaddress
from itertools import combinations
from typing import Any

import pytest
import yaml

from airgap.paths import CHECKOUT
from components.platforms.settings import CloudSettings, StackSettings
from components.validation import InvalidInput
from tests.components.stacks import WRITTEN

pytestmark = pytest.mark.stack

STACKS = ("aws-dev", "aws-prod", "gcp-dev", "gcp-prod")
OWN = {"aws": "account", "gcp": "project"}
MODELS = {"aws": "AwsSettings", "gcp": "GcpSettings"}


def written(stack: str) -> dict[str, Any]:
    content = yaml.safe_load((CHECKOUT / "stacks" / f"Pulumi.{stack}.yaml").read_text())
    return {key.removeprefix("tradewind:"): value for key, value in content["config"].items()}


def read(stack: str, **more: Any) -> CloudSettings:
    kind = stack.partition("-")[0]
    model = getattr(importlib.import_module(f"components.platforms.{kind}"), MODELS[kind])
    return StackSettings(stack=stack, written=written(stack) | more).read_as(model)


@pytest.mark.parametrize("stack", STACKS)
def test_it_is_complete_but_for_whose_account_it_is(stack: str):
    kind, _, tier = stack.partition("-")
    with pytest.raises(InvalidInput, match=rf"^stacks/Pulumi\.{stack}\.yaml: {OWN[kind]} is missing\. To fix: "):
        read(stack)
    settings = read(stack, **{OWN[kind]: WRITTEN[kind][OWN[kind]]})
    assert (settings.kind, settings.tier, settings.keeps_data) == (kind, tier, tier == "prod")


def test_no_two_networks_overlap():
    networks = [ipaddress.IPv4Network(written(stack)["network_cidr"]) for stack in STACKS]
    assert not any(one.overlaps(other) for one, other in combinations(networks, 2))
