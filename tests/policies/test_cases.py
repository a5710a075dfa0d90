"""Each rule by itself: what passes, what is absent, what is wrong, what is not known yet, and the values at its limit."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from policies.inputs import Inputs, NotKnownYet
from policies.rule import Rule
from policies.rules import RULES, TOPICS
from tests.policies.table import with_unknowns

FOLDER = Path(__file__).with_name("cases")
CASES = {topic: yaml.safe_load((FOLDER / f"{topic}.yaml").read_text()) for topic in TOPICS}
KINDS = ("passing", "absent", "wrong", "unknown", "boundary")


def told(of: str) -> Iterator[Any]:
    """(rule, inputs, whether it is found) of each case of that kind."""
    for topic, rules in TOPICS.items():
        for rule in rules:
            case = CASES[topic].get(rule.name, {}).get(of)
            for one in case if isinstance(case, list) else [case] if case is not None else []:
                [(expected, written)] = one.items() if of in ("absent", "boundary") else [("", one)]
                yield pytest.param(rule, written, expected == "found", id=f"{topic}-{rule.name}")


def finds(rule: Rule, written: Any) -> bool:
    return bool(list(rule.check(Inputs(with_unknowns(written)))))


@pytest.mark.parametrize("topic", TOPICS)
def test_every_rule_has_every_kind_of_case(topic: str):
    assert {name: sorted(set(KINDS) & set(kinds)) for name, kinds in CASES[topic].items()} == {
        rule.name: sorted(KINDS) for rule in TOPICS[topic]
    }


@pytest.mark.parametrize(("rule", "written", "_"), list(told("passing")))
def test_what_complies_passes(rule: Rule, written: Any, _: bool):
    assert not finds(rule, written)


@pytest.mark.parametrize(("rule", "written", "_"), list(told("wrong")))
def test_what_is_wrong_is_found_and_the_fix_told(rule: Rule, written: Any, _: bool):
    for finding in (found := list(rule.check(Inputs(with_unknowns(written))))):
        assert rule.message(finding).startswith(rule.must)
        assert rule.message(finding).endswith(f"To fix: {rule.fix}.")
        assert finding.got or not finding.path
    assert found


@pytest.mark.parametrize(("rule", "written", "found"), [*told("absent"), *told("boundary")])
def test_what_is_absent_or_at_the_limit_is_judged_as_the_cloud_takes_it(rule: Rule, written: Any, found: bool):
    assert finds(rule, written) == found


@pytest.mark.parametrize(("rule", "written", "_"), list(told("unknown")))
def test_what_is_not_known_yet_is_waited_for(rule: Rule, written: Any, _: bool):
    with pytest.raises(NotKnownYet):
        list(rule.check(Inputs(with_unknowns(written))))


def test_names_are_distinct():
    assert len({rule.name for rule in RULES}) == len(RULES)
