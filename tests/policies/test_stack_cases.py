"""Each stack rule by itself, on a small graph: what passes, is absent, is wrong, is not known yet, or at its limit."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from policies.graph import StackRule
from policies.pack import Pack
from policies.rules import RULES
from policies.stack_rules import STACK_RULES, STACK_TOPICS
from policies.stack_rules.zero import held
from tests.policies.graphs import Change, changed, written

FOLDER = Path(__file__).with_name("stack_cases")
KINDS = ("passing", "absent", "wrong", "unknown", "boundary")


@cache
def cases(topic: str) -> dict[str, Any]:
    """`graph`, which has nothing against it, and by rule and kind what is changed of it."""
    return yaml.safe_load((FOLDER / f"{topic}.yaml").read_text())


def told(of: str) -> Iterator[Any]:
    """(topic, rule, change, whether it is found) of each case of that kind."""
    for topic, rules in STACK_TOPICS.items():
        for rule in rules:
            case = cases(topic).get(rule.name, {}).get(of)
            for one in case if isinstance(case, list) else [case] if case is not None else []:
                if "never" in one:  # what a program always knows
                    continue
                [(expected, change)] = one.items() if of in ("absent", "boundary") else [("", one)]
                yield pytest.param(topic, rule, change, expected == "found", id=rule.name)


def verdicts(topic: str, rule: StackRule, change: Change) -> list[tuple[str, str]]:
    """Kind and message of each."""
    graph = changed(written(cases(topic)["graph"]), change).graph()
    return [(each.kind, each.message) for _, each in Pack([], stack_rules=[rule]).judge_stack(graph)]


@pytest.mark.parametrize("topic", STACK_TOPICS)
def test_every_rule_has_every_kind_of_case(topic: str):
    held = {name: kinds for name, kinds in cases(topic).items() if name != "graph"}
    assert {name: sorted(set(KINDS) & set(kinds)) for name, kinds in held.items()} == {
        rule.name: sorted(KINDS) for rule in STACK_TOPICS[topic]
    }


@pytest.mark.parametrize(("topic", "rule", "change", "_"), [*told("passing")])
def test_what_complies_passes(topic: str, rule: StackRule, change: Change, _: bool):
    assert verdicts(topic, rule, change) == []


@pytest.mark.parametrize(("topic", "rule", "change", "_"), [*told("wrong")])
def test_what_is_wrong_is_found_and_the_fix_told(topic: str, rule: StackRule, change: Change, _: bool):
    found = verdicts(topic, rule, change)
    assert found
    for kind, message in found:
        assert kind == "violation"
        assert message.startswith(f"{rule.must} Here ") and message.endswith(f"To fix: {rule.fix}.")


@pytest.mark.parametrize(("topic", "rule", "change", "found"), [*told("absent"), *told("boundary")])
def test_what_is_absent_or_at_the_limit_is_judged_as_it_is_taken(
    topic: str, rule: StackRule, change: Change, found: bool
):
    assert {kind for kind, _ in verdicts(topic, rule, change)} == ({"violation"} if found else set())


@pytest.mark.parametrize(("topic", "rule", "change", "_"), [*told("unknown")])
def test_what_is_not_known_yet_is_waited_for(topic: str, rule: StackRule, change: Change, _: bool):
    assert {kind for kind, _ in verdicts(topic, rule, change)} == {"deferred"}


def test_a_service_to_which_a_route_leads_twice_is_told_of_once():
    assert len(verdicts("zero", held, {"remove": ["endpoint"]})) == 1


def test_names_are_distinct():
    names = [each.name for each in (*RULES, *STACK_RULES)]
    assert len(set(names)) == len(names)
