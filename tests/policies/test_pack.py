"""What becomes of a finding: a violation, a waiver that is told, or a check that waits; and what a rule that raises does."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from policies import waivers
from policies.checks import given, holds
from policies.graph import Graph, Node, StackRule
from policies.inputs import Inputs, NotKnownYet
from policies.pack import Pack, RuleFailed, Verdict
from policies.rule import Finding, Rule
from policies.waivers import KEY, Waivers
from provider.protocol import UNKNOWN

TYPE = "cloud:things:Thing"
TODAY = date(2026, 11, 28)
WAIVER = {
    "rule": "thing-locked",
    "resource": "lab",
    "reason": "the lock is being made",
    "owner": "me@example.com",
    "expires": "2026-12-31",
}


def a_rule(**changes: Any) -> Rule:
    plain: dict[str, Any] = {
        "name": "thing-locked",
        "on": (TYPE,),
        "severity": "high",
        "must": "A thing must be locked, since thieves are about.",
        "fix": "set lock",
        "check": holds("lock", given),
    }
    return Rule(**plain | changes)


def judged(inputs: dict[str, Any], rule: Rule | None = None, *, name: str = "lab", **pack: Any) -> list[Verdict]:
    return list(Pack([rule or a_rule()], today=TODAY, **pack).judge(TYPE, name, Inputs(inputs)))


def known(*written: dict[str, Any]) -> Waivers:
    return Waivers(tuple(waivers.Waiver.model_validate(each) for each in written))


def test_what_complies_is_not_spoken_of():
    assert judged({"lock": "steel"}) == []


def test_a_finding_tells_the_obligation_the_value_and_the_fix():
    [verdict] = judged({"lock": ""})
    assert (verdict.kind, verdict.message) == (
        "violation",
        "A thing must be locked, since thieves are about. Here lock is ''. To fix: set lock.",
    )


def test_a_secret_value_is_not_shown():
    [finding] = a_rule(check=holds("lock", lambda value: False)).check(
        Inputs({"lock": {"code": "hunter2"}}, frozenset({("lock", "code")}))
    )
    assert finding.got == "[secret]"


def test_another_type_is_not_asked_about():
    assert list(Pack([a_rule()]).judge("cloud:things:Other", "lab", Inputs({}))) == []


def test_a_rule_of_prod_does_not_bind_dev():
    rule = a_rule(tiers=("prod",))
    assert [each.kind for each in judged({}, rule, tier="prod")] == ["violation"]
    assert judged({}, rule, tier="dev") == []


def test_what_is_not_known_yet_is_deferred_by_rule_resource_and_path():
    [verdict] = judged({"lock": UNKNOWN})
    assert (verdict.kind, verdict.message) == ("deferred", "thing-locked of lab waits for lock")


def test_a_rule_that_raises_is_named_and_never_passes():
    def broken(inputs: Inputs) -> Iterator[Finding]:
        raise ZeroDivisionError("division by zero")

    with pytest.raises(RuleFailed, match=r"rule thing-locked failed on lab .*ZeroDivisionError"):
        judged({}, a_rule(check=broken))


def a_stack(*names: str, **changes: Any) -> Graph:
    return Graph(
        [Node(**{"urn": f"urn::{name}", "type": TYPE, "inputs": Inputs({"twin": "?"})} | changes) for name in names]
    )


def judged_as_a_stack(graph: Graph, check: Any, **pack: Any) -> list[Verdict]:
    plain = a_rule()
    rule = StackRule(
        name=plain.name, on=plain.on, severity="high", must=plain.must, fix=plain.fix, tiers=("prod",), check=check
    )
    return [each for _, each in Pack([], today=TODAY, stack_rules=[rule], **pack).judge_stack(graph)]


def alone(node: Node, graph: Graph) -> Iterator[Finding]:
    yield from (Finding("", f"{each.name} is there too") for each in graph.of(TYPE) if each is not node)


def test_a_rule_on_a_stack_sees_what_stands_beside_a_resource():
    assert judged_as_a_stack(a_stack("lab"), alone) == []
    found = judged_as_a_stack(a_stack("lab", "barn"), alone)
    assert [(each.kind, each.resource) for each in found] == [("violation", "lab"), ("violation", "barn")]
    assert "Here barn is there too. To fix: set lock." in found[0].message
    assert judged_as_a_stack(a_stack("lab", "barn"), alone, tier="dev") == []


def test_a_waiver_holds_for_a_rule_on_a_stack():
    found = judged_as_a_stack(a_stack("lab", "barn"), alone, waivers=known(WAIVER))
    assert [(each.kind, each.resource) for each in found] == [("waived", "lab"), ("violation", "barn")]


def test_what_a_rule_has_found_is_told_though_the_rest_waits():
    def check(node: Node, graph: Graph) -> Iterator[Finding]:
        yield Finding("", "it stands open")
        node.get("twin")

    found = judged_as_a_stack(a_stack("lab", inputs=Inputs({"twin": UNKNOWN})), check)
    assert [each.kind for each in found] == ["violation", "deferred"]
    assert found[1].message == "thing-locked of lab waits for twin of lab"


def test_a_rule_on_a_stack_that_raises_is_named():
    with pytest.raises(RuleFailed, match=r"rule thing-locked failed on lab .*ZeroDivisionError"):
        judged_as_a_stack(a_stack("lab"), lambda node, graph: [Finding("", str(1 / 0))])


def test_of_what_a_property_is_shows_before_its_value():
    """The one resource of those types that it comes from; no guess between two."""
    source = Node("urn::source", TYPE, Inputs({"id": UNKNOWN}))
    of_one = Node("urn::a", "other", Inputs({"twin": UNKNOWN}), stands_on={"twin": frozenset({"urn::source"})})
    assert Graph([source, of_one]).meant(of_one, "twin", [TYPE], "id") == "urn::source"
    named = Node("urn::source", TYPE, Inputs({"id": UNKNOWN}), lambda: Inputs({"id": "by the provider"}))
    assert Graph([named, of_one]).meant(of_one, "twin", [TYPE], "id") == "by the provider"
    of_two = Node(
        "urn::b", "other", Inputs({"twin": UNKNOWN}), stands_on={"twin": frozenset({"urn::source", "urn::c"})}
    )
    for graph in (Graph([of_two]), Graph([source, Node("urn::c", TYPE, Inputs({})), of_two])):
        with pytest.raises(NotKnownYet, match="twin of b"):
            graph.meant(of_two, "twin", [TYPE], "id")


def test_a_key_with_dots_is_known_whatever_stands_beside_it():
    inputs = Inputs({"annotations": {"a.b/c": "1", "other": UNKNOWN}})
    assert (inputs.key("annotations", "a.b/c"), inputs.key("annotations", "none")) == ("1", None)
    with pytest.raises(NotKnownYet, match=r"annotations\.other"):
        inputs.key("annotations", "other")


def test_a_waiver_is_told_with_its_reason_owner_and_end():
    [verdict] = judged({}, waivers=known(WAIVER))
    assert verdict.kind == "waived"
    assert verdict.message.endswith("Now waived until 2026-12-31 by me@example.com: the lock is being made.")


@pytest.mark.parametrize("change", [{"resource": "other"}, {"rule": "thing-painted"}])
def test_a_waiver_is_for_one_rule_and_one_resource(change: dict[str, str]):
    assert [each.kind for each in judged({}, waivers=known(WAIVER | change))] == ["violation"]


@pytest.mark.parametrize(
    ("expires", "kind"),
    [
        ("2026-11-28", "waived"),
        ("2026-11-27", "violation"),
        ("2026-11-28 00:00:00 +0000 UTC", "waived"),  # as Pulumi hands over a day without quotes
    ],
)
def test_a_waiver_holds_to_the_end_of_its_last_day(expires: str, kind: str):
    [verdict] = judged({}, waivers=known(WAIVER | {"expires": expires}))
    assert verdict.kind == kind
    assert ("Its waiver ended on 2026-11-27: ask me@example.com" in verdict.message) == (kind == "violation")


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("{", f"{KEY} must be a list of waivers"),
        ('[{"rule": "thing-locked"}]', rf"{KEY}\[0\].resource: Field required"),
        (
            '[{"rule": "a", "resource": "b", "reason": "long enough", "owner": "c", "expires": "soon"}]',
            r"\[0\].expires.*'soon'",
        ),
        (
            '[{"rule": "a", "resource": "b", "reason": "short", "owner": "c", "expires": "2027-01-01"}]',
            r"\[0\].reason.*'short'",
        ),
        (
            '[{"rule": "a", "resource": "b", "reason": "long enough", "owner": "c", "expires": "2027-01-01"}]',
            r"\[0\].rule must be the name of a rule, got 'a'",
        ),
    ],
)
def test_a_waiver_that_is_written_wrongly_is_refused_by_field_and_value(config: str, said: str):
    with pytest.raises(ValueError, match=said) as refused:
        waivers.read(config, {"thing-locked"})
    assert "To fix: " in str(refused.value)


def test_no_waivers_are_none():
    assert waivers.read(None, set()) == Waivers()


@pytest.mark.parametrize("path", ["a", "a.b", "a.b.0", "a.b.0.c"])
def test_a_value_below_or_above_an_unknown_one_is_not_taken_for_absent(path: str):
    unknown = {"a": UNKNOWN} if path == "a" else {"a": {"b": [UNKNOWN]}}
    with pytest.raises(NotKnownYet):
        Inputs(unknown).get(path)


def test_a_part_knows_its_path_in_the_resource():
    [first, second] = Inputs({"a": {"b": [{"c": 1}, {"c": 2}]}}).each("a.b")
    assert (first.path("c"), second.path("c"), second.get("c")) == ("a.b.0.c", "a.b.1.c", 2)


def test_what_a_provider_keeps_as_one_mapping_is_a_list_of_one():
    [part] = Inputs({"a": {"b": 1}}).each("a")
    assert (part.get("b"), part.path("b")) == (1, "a.b")
