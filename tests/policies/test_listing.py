"""The page of rules is what the code says, and each rule says what it should."""

import re
from pathlib import Path

import pytest

from policies import listing
from policies.rule import Obligation
from policies.rules import RULES
from policies.stack_rules import STACK_RULES
from tests.policies.areas import Area, areas


def test_the_page_is_written_by_the_code():
    page = Path(listing.__file__).with_name("RULES.md")
    assert page.read_text() == listing.page(), "run: python -m policies.listing > policies/RULES.md"


@pytest.mark.parametrize("area", [pytest.param(each, id=each.name) for each in areas()])
def test_each_area_has_what_was_meant(area: Area):
    assert area.rules >= area.at_least


@pytest.mark.parametrize("rule", [pytest.param(each, id=each.name) for each in (*RULES, *STACK_RULES)])
def test_a_rule_speaks_in_sentences(rule: Obligation):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.name)
    assert re.fullmatch(r"[A-Z].*[^.]\.", rule.must) and len(rule.must.split()) >= 8
    assert re.search(r"\b(must|may)\b", rule.must), "the obligation"
    assert not rule.fix.endswith(".") and rule.fix[0].islower()
