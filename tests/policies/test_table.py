"""Every insecure value is caught, no good one is, and no rule could be left out unnoticed."""

from collections.abc import Iterable

import pytest

from policies.inputs import Inputs
from policies.pack import Pack
from policies.rules import RULES
from tests.policies import table
from tests.policies.table import Resource, Row
from tests.policies.variants import variants

PACK = Pack(RULES, tier="prod")
VARIANTS = list(variants())
ROWS = [*table.rows(table.INSECURE), *table.rows(table.HELD_OUT)]


def found(resource: Resource) -> set[str]:
    """The rules that have something against it."""
    verdicts = PACK.judge(resource.type, resource.name, Inputs(resource.inputs))
    return {each.rule.name for each in verdicts if each.kind == "violation"}


def alone(caught: Iterable[set[str]]) -> set[str]:
    """The rules that something is caught by and by no other: whose removal is noticed."""
    return {name for names in caught if len(names) == 1 for name in names}


@pytest.mark.parametrize("resource", [pytest.param(each, id=name) for name, each in table.good().items()])
def test_a_good_resource_has_no_finding(resource: Resource):
    assert found(resource) == set()


@pytest.mark.parametrize("stack", [pytest.param(stack, id=name) for name, stack in VARIANTS])
def test_a_good_stack_written_otherwise_has_no_finding(stack: list[Resource]):
    assert {each.name: found(each) for each in stack if found(each)} == {}


@pytest.mark.parametrize("row", [pytest.param(each, id=each.name) for each in ROWS])
def test_an_insecure_value_is_caught(row: Row):
    assert found(row.resource), f"{row.why} {row.source}"


def test_every_row_says_who_says_so():
    assert [row.name for row in ROWS if not (row.why and row.source)] == []


def test_the_table_is_large():
    """500 mutations, 50 good resources and 50 variants that differ from each other are what the pack is held to."""
    assert len(ROWS) >= 500
    assert len(table.good()) >= 50
    plain = {str(each) for each in table.good().values()}
    assert len({str(stack) for _, stack in VARIANTS if not {str(each) for each in stack} <= plain}) >= 50


def test_no_rule_could_be_left_out_unnoticed():
    """Each has a row that it catches alone; a rule without one is superfluous, or its row is to be written."""
    caught_alone = alone(found(row.resource) for row in ROWS)
    assert [rule.name for rule in RULES if rule.name not in caught_alone] == []


def test_rows_are_told_apart_by_name():
    assert len({row.name for row in ROWS}) == len(ROWS)
