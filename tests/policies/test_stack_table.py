"""Each insecure change of one of our own stacks is caught, and each stack rule is the only one that catches some."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from policies.pack import Pack
from policies.stack_rules import STACK_RULES
from tests.policies.graphs import Stack, changed, ours

pytestmark = pytest.mark.stack

FOLDER = Path(__file__).with_name("insecure_stacks")
ROWS: dict[str, Any] = {
    f"{path.stem}/{each['name']}": each
    for path in sorted(FOLDER.glob("*.yaml"))
    for each in yaml.safe_load(path.read_text())
}
ROWS_A_RULE = 5


def found(stack: Stack) -> set[tuple[str, str]]:
    """Rule and resource."""
    verdicts = Pack([], stack.tier, stack_rules=STACK_RULES).judge_stack(stack.graph())
    return {(each.rule.name, node.name) for node, each in verdicts if each.kind == "violation"}


@cache
def before(name: str) -> set[tuple[str, str]]:
    return found(ours(name))


@cache
def caught(row: str) -> set[str]:
    """The rules that have more against the stack than before."""
    of = ROWS[row]["of"]
    return {rule for rule, _ in found(changed(ours(of), ROWS[row])) - before(of)}


@pytest.mark.parametrize("row", ROWS)
def test_an_insecure_change_is_caught(row: str):
    assert caught(row), f"{ROWS[row]['why']} {ROWS[row]['source']}"


def test_every_row_says_who_says_so():
    assert [name for name, row in ROWS.items() if not (row["why"] and row["source"])] == []


@pytest.mark.parametrize("rule", [each.name for each in STACK_RULES])
def test_a_rule_catches_what_no_other_stack_rule_does(rule: str):
    by_it = [caught(row) for row in ROWS if rule in caught(row)]
    assert len(by_it) >= ROWS_A_RULE
    assert {rule} in by_it
