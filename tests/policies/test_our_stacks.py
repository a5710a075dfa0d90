"""Our own stacks have no finding but what is waived in the open: what we ask of others, we hold ourselves."""

import json
from functools import cache

import pytest
import yaml

from airgap.paths import CHECKOUT
from policies.pack import Pack, Verdict
from policies.rules import RULES
from policies.stack_rules import STACK_RULES
from policies.stack_rules.models import signed
from policies.waivers import KEY, Waivers, read
from tests.policies.graphs import OURS, ours


def waivers(name: str) -> Waivers:
    """Those in the file of the stack of its cloud and tier, or else in the project's."""
    file = CHECKOUT / f"stacks/Pulumi.{name.partition('-')[0]}-{ours(name).tier}.yaml"
    project = yaml.safe_load((CHECKOUT / "Pulumi.yaml").read_text())
    own = yaml.safe_load(file.read_text())["config"].get(KEY) if file.is_file() else None
    found = project["config"][KEY]["value"] if own is None else own
    return read(json.dumps(found, default=str), {rule.name for rule in (*RULES, *STACK_RULES)})


OF_OBJECTS = {("pod-image-by-digest", "entry-gateway")}
"""Waived for what `make audit` alone sees, in the cluster: tests/e2e/clouds asks it."""


@cache
def judged(name: str) -> list[Verdict]:
    """Of each resource, and of the stack as a whole."""
    stack = ours(name)
    # `signed` asks a registry, and a recording has none: tests/policies/test_signed_images.py.
    of_stacks = [rule for rule in STACK_RULES if rule is not signed]
    pack = Pack(RULES, stack.tier, waivers(name), stack_rules=of_stacks)
    graph = stack.graph()
    alone = (verdict for each in graph.nodes for verdict in pack.judge(each.type, each.name, each.inputs))
    return [*alone, *(verdict for _, verdict in pack.judge_stack(graph))]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name.startswith("local") else pytest.mark.stack) for name in OURS]
)
def test_it_has_no_finding_but_what_is_waived(name: str):
    assert {each.message for each in judged(name) if each.kind != "waived"} == set()


@pytest.mark.stack
def test_each_waiver_is_needed():
    written = {(each.rule, each.resource) for name in OURS for each in waivers(name).written}
    assert written - OF_OBJECTS == {(each.rule.name, each.resource) for name in OURS for each in judged(name)}


@pytest.mark.stack
def test_most_rules_were_asked():
    """A type that no stack makes is tried by the table alone."""
    made = {each.type for stack in OURS.values() for each in stack().made}
    assert sum(bool(made & set(rule.on)) for rule in RULES) / len(RULES) > 0.5
