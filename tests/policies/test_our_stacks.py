"""Our own stacks have no finding but those that still_open.yaml names: what we ask of others, we hold ourselves."""

from functools import cache
from pathlib import Path

import pytest
import yaml

from policies.pack import Pack, Verdict
from policies.rules import RULES
from policies.stack_rules import STACK_RULES
from tests.policies.graphs import OURS, ours

STILL_OPEN = {
    (rule, resource)
    for rule, each in yaml.safe_load(Path(__file__).with_name("still_open.yaml").read_text()).items()
    for resource in each["resources"]
}


@cache
def judged(name: str) -> list[Verdict]:
    """Of each resource, and of the stack as a whole."""
    stack = ours(name)
    pack = Pack(RULES, stack.tier, stack_rules=STACK_RULES)
    graph = stack.graph()
    alone = (verdict for each in graph.nodes for verdict in pack.judge(each.type, each.name, each.inputs))
    return [*alone, *(verdict for _, verdict in pack.judge_stack(graph))]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name == "local" else pytest.mark.stack) for name in OURS]
)
def test_it_has_no_finding_but_those_that_are_still_open(name: str):
    found = {(each.rule.name, each.resource): each.message for each in judged(name)}
    assert {message for key, message in found.items() if key not in STILL_OPEN} == set()


@pytest.mark.stack
def test_what_is_mended_has_left_the_list():
    assert {(each.rule.name, each.resource) for name in OURS for each in judged(name)} == STILL_OPEN


@pytest.mark.stack
def test_most_rules_were_asked():
    """A type that no stack makes is tried by the table alone."""
    made = {each.type for stack in OURS.values() for each in stack().made}
    assert sum(bool(made & set(rule.on)) for rule in RULES) / len(RULES) > 0.5
