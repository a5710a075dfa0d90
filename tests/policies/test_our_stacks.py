"""Our own stacks have no finding but what is waived in the open: what we ask of others, we hold ourselves."""

import json
from functools import cache

import pytest
import yaml

from airgap.paths import CHECKOUT
from policies.inputs import Inputs
from policies.pack import Pack, Verdict
from policies.rule import Tier
from policies.rules import RULES
from policies.waivers import KEY, Waivers, read
from tests.components import stacks
from tests.components.recording import Engine

STACKS = {
    "local": lambda: stacks.plain("local", "local"),
    "aws-dev": lambda: stacks.plain("aws", "aws-dev"),
    "aws-prod": lambda: stacks.plain("aws", "aws-prod"),
    "aws-peered": lambda: stacks.peered("aws"),
    "aws-public": lambda: stacks.public("aws"),
    "aws-secretive": lambda: stacks.secretive("aws"),
    "gcp-dev": lambda: stacks.plain("gcp", "gcp-dev"),
    "gcp-prod": lambda: stacks.plain("gcp", "gcp-prod"),
    "gcp-peered": lambda: stacks.peered("gcp"),
    "gcp-public": lambda: stacks.public("gcp"),
    "gcp-secretive": lambda: stacks.secretive("gcp"),
}


def waivers(stack: str) -> Waivers:
    """Those in the stack's file, or else in the project's."""
    file, project = CHECKOUT / f"stacks/Pulumi.{stack}.yaml", yaml.safe_load((CHECKOUT / "Pulumi.yaml").read_text())
    own = yaml.safe_load(file.read_text())["config"].get(KEY) if file.is_file() else None
    found = project["config"][KEY]["value"] if own is None else own
    return read(json.dumps(found, default=str), {rule.name for rule in RULES})


@cache
def judged(name: str) -> list[Verdict]:
    engine: Engine = STACKS[name]()
    tier: Tier = "prod" if name.endswith("-prod") else "dev"
    pack = Pack(RULES, tier, waivers(name))
    return [verdict for each in engine.made for verdict in pack.judge(each.type, each.name, Inputs(each.inputs))]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name == "local" else pytest.mark.stack) for name in STACKS]
)
def test_it_has_no_finding_but_what_is_waived(name: str):
    assert {each.message for each in judged(name) if each.kind != "waived"} == set()


@pytest.mark.stack
def test_each_waiver_is_needed():
    written = {(each.rule, each.resource) for name in STACKS for each in waivers(name).written}
    assert written == {(each.rule.name, each.resource) for name in STACKS for each in judged(name)}


@pytest.mark.stack
def test_most_rules_were_asked():
    """A type that no stack makes is tried by the table alone."""
    made = {each.type for stack in STACKS.values() for each in stack().made}
    assert sum(bool(made & set(rule.on)) for rule in RULES) / len(RULES) > 0.5
