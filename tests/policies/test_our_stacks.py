"""Our own stacks have no finding but those that still_open.yaml names: what we ask of others, we hold ourselves."""

from functools import cache
from pathlib import Path

import pytest
import yaml

from policies.inputs import Inputs
from policies.pack import Pack, Verdict
from policies.rule import Tier
from policies.rules import RULES
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

STILL_OPEN = {
    (rule, resource)
    for rule, each in yaml.safe_load(Path(__file__).with_name("still_open.yaml").read_text()).items()
    for resource in each["resources"]
}


@cache
def judged(name: str) -> list[Verdict]:
    engine: Engine = STACKS[name]()
    tier: Tier = "prod" if name.endswith("-prod") else "dev"
    pack = Pack(RULES, tier)
    return [verdict for each in engine.made for verdict in pack.judge(each.type, each.name, Inputs(each.inputs))]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name == "local" else pytest.mark.stack) for name in STACKS]
)
def test_it_has_no_finding_but_those_that_are_still_open(name: str):
    found = {(each.rule.name, each.resource): each.message for each in judged(name)}
    assert {message for key, message in found.items() if key not in STILL_OPEN} == set()


@pytest.mark.stack
def test_what_is_mended_has_left_the_list():
    assert {(each.rule.name, each.resource) for name in STACKS for each in judged(name)} == STILL_OPEN


@pytest.mark.stack
def test_most_rules_were_asked():
    """A type that no stack makes is tried by the table alone."""
    made = {each.type for stack in STACKS.values() for each in stack().made}
    assert sum(bool(made & set(rule.on)) for rule in RULES) / len(RULES) > 0.5
