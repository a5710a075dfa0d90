"""Condition operators of AWS, after the examples of its pages."""

from typing import Any

import pytest

from tests.doubles.permissions.aws_samples import GUIDE
from tests.doubles.permissions.conditions import UnknownOperator, check, context, holds

OPERATORS = f"{GUIDE}/reference_policies_elements_condition_operators.html"
SEVERAL = f"{GUIDE}/reference_policies_condition-logic-multiple-context-keys-or-values.html"
SETS = f"{GUIDE}/reference_policies_condition-single-vs-multi-valued-context-keys.html"

TAGS = "aws:TagKeys"
TWO = ["environment", "cost-center"]
ROLE = "arn:aws:iam::111111111111:role/blue/api"


@pytest.mark.parametrize(
    ("operator", "wanted", "given", "true"),
    [
        ("StringEquals", "iamuser-admin", "iamuser-admin", True),
        ("StringEquals", "iamuser-admin", "IAMUSER-admin", False),
        ("StringEquals", "iamuser-*", "iamuser-admin", False),
        ("StringEquals", True, "true", True),  # JSON's own
        ("StringNotEquals", "hr", "it", True),
        ("StringNotEquals", "hr", "hr", False),
        ("StringEqualsIgnoreCase", "HR", "hr", True),
        ("StringNotEqualsIgnoreCase", "HR", "hr", False),
        ("StringLike", "David/*", "David/", True),
        ("StringLike", "David/*", "david/x", False),
        ("StringLike", "D?vid", "David", True),
        ("StringLike", "D?vid", "Daavid", False),
        ("StringNotLike", "David/*", "David/x", False),
        ("NumericEquals", "10", "10.0", True),
        ("NumericNotEquals", 10, "10", False),
        ("NumericLessThan", 10, "9", True),
        ("NumericLessThan", 10, "10", False),
        ("NumericLessThanEquals", "10", "10", True),
        ("NumericLessThanEquals", "10", "11", False),
        ("NumericGreaterThan", "10", "10", False),
        ("NumericGreaterThan", "9", "10", True),  # by number, not by letter
        ("NumericGreaterThanEquals", "10", "10", True),
        ("DateGreaterThan", "2020-01-01T00:00:01Z", "2020-01-01T00:00:02Z", True),
        ("DateGreaterThan", "2020-01-01T00:00:01Z", "2020-01-01T00:00:01Z", False),
        ("DateLessThan", "2020-01-01T00:00:00Z", "1577836799", True),  # seconds since 1970
        ("DateEquals", "2020-01-01", "2020-01-01T01:00:00+01:00", True),
        ("DateNotEquals", "2020-01-01", "2020-01-01T00:00:00Z", False),
        ("DateLessThanEquals", "2020-01-01", "2020-01-01T00:00:00Z", True),
        ("DateGreaterThanEquals", "2020-01-02", "2020-01-01T00:00:00Z", False),
        ("Bool", False, "false", True),
        ("Bool", "true", "false", False),
        ("IpAddress", "203.0.113.0/24", "203.0.113.7", True),
        ("IpAddress", "203.0.113.0/24", "203.0.114.7", False),
        ("IpAddress", "2001:DB8:1234:5678::/64", "2001:db8:1234:5678::1", True),
        ("NotIpAddress", "203.0.113.5", "203.0.113.5", False),
        ("ArnEquals", "arn:aws:iam::*:role/blue/*", ROLE, True),
        ("ArnEquals", "arn:aws:iam::111111111111:role/blue", ROLE, False),
        ("ArnLike", "arn:*:role/blue/api:*:*:*", ROLE, False),  # no part takes another's colon
        ("ArnLike", "arn:aws:iam::11111111111?:role/*", ROLE, True),
        ("ArnNotEquals", "arn:aws:iam::*:role/blue/*", ROLE, False),
        ("ArnNotLike", "arn:aws:iam::*:role/green/*", ROLE, True),
        ("ArnLike", "arn:aws:iam::*:role/*", "no ARN", False),
        ("Null", "true", "here", False),
        ("Null", "false", "here", True),
    ],
)
def test_one_value(operator: str, wanted: Any, given: Any, true: bool):
    assert holds({operator: {"Aws:Key": wanted}}, context({"aws:key": given}), True) is true, OPERATORS


@pytest.mark.parametrize(
    ("operator", "true"),
    [
        ("StringEquals", False),
        ("StringLike", False),
        ("Bool", False),
        ("NumericLessThan", False),
        ("IpAddress", False),
        ("ArnLike", False),
        ("StringNotEquals", True),
        ("StringNotLike", True),
        ("ArnNotEquals", True),
        ("NotIpAddress", True),
        ("DateNotEquals", True),
        ("Null", True),
        ("StringEqualsIfExists", True),
        ("BoolIfExists", True),
        ("ArnLikeIfExists", True),
        ("ForAllValues:StringEquals", True),  # the trap
        ("ForAllValues:StringNotEquals", True),
        ("ForAnyValue:StringEquals", False),
        ("ForAnyValue:StringNotEquals", False),
        ("ForAnyValue:StringLikeIfExists", True),
    ],
)
def test_a_key_that_the_request_does_not_have(operator: str, true: bool):
    wanted = "true" if operator in ("Bool", "Null", "BoolIfExists") else "a"
    for facts in ({}, {"aws:Key": []}):
        assert holds({operator: {"aws:Key": wanted}}, context(facts), True) is true, OPERATORS


@pytest.mark.parametrize("operator", ["StringEqualsIfExists", "BoolIfExists"])
def test_if_exists_still_asks_for_the_value_of_a_key_that_is_there(operator: str):
    assert not holds({operator: {"aws:Key": "true"}}, context({"aws:Key": "false"}), True), OPERATORS


@pytest.mark.parametrize(
    ("operator", "given", "true"),
    [
        ("ForAllValues:StringEquals", ["environment"], True),
        ("ForAllValues:StringEquals", TWO, True),
        ("ForAllValues:StringEquals", ["environment", "dept"], False),
        ("ForAnyValue:StringEquals", ["environment", "dept"], True),
        ("ForAnyValue:StringEquals", ["dept"], False),
        ("ForAllValues:StringNotEquals", ["dept", "team"], True),
        ("ForAllValues:StringNotEquals", ["dept", "environment"], False),
        ("ForAnyValue:StringNotEquals", ["dept", "environment"], True),
        ("ForAnyValue:StringNotEquals", TWO, False),
        ("ForAnyValue:StringLike", ["cost-center"], True),
    ],
)
def test_several_values_in_the_request(operator: str, given: list[str], true: bool):
    assert holds({operator: {TAGS: TWO}}, context({TAGS: given}), True) is true, SETS


def test_for_all_values_lets_pass_who_sends_no_key_unless_null_is_asked_as_well():
    every = {"ForAllValues:StringEquals": {TAGS: TWO}}
    assert holds(every, context({}), True), SETS
    assert not holds({**every, "Null": {TAGS: "false"}}, context({}), True), SETS


@pytest.mark.parametrize(
    ("department", "role", "true"),
    [("finance", "audit", True), ("hr", "security", True), ("it", "audit", False), ("hr", None, False)],
)
def test_keys_by_and_values_by_or(department: str, role: str | None, true: bool):
    condition = {"StringEquals": {"d": ["finance", "hr"], "r": ["audit", "security"]}, "StringLike": {"d": "*"}}
    facts = {"d": department, **({"r": role} if role else {})}
    assert holds(condition, context(facts), True) is true, SEVERAL


@pytest.mark.parametrize(("role", "true"), [("audit", False), ("security", False), ("dev", True)])
def test_values_of_a_negated_operator_by_nor(role: str, true: bool):
    assert holds({"StringNotEquals": {"r": ["audit", "security"]}}, context({"r": role}), True) is true, SEVERAL


def test_a_variable_in_a_condition():
    condition = {"StringLike": {"s3:prefix": ["${aws:username}/*", "${aws:username}"]}}
    facts = {"aws:username": "ana", "s3:prefix": "ana/x"}
    assert holds(condition, context(facts), True)
    assert not holds(condition, context({**facts, "aws:username": "bob"}), True)
    assert not holds(condition, context(facts), False), "of a document of 2008"


@pytest.mark.parametrize(
    "operator",
    ["StringMatches", "stringequals", "BinaryEquals", "NullIfExists", "ForSome:StringEquals", "ForAllValues:Null"],
)
def test_an_operator_that_is_not_judged_is_refused_by_name(operator: str):
    with pytest.raises(UnknownOperator, match=operator):
        check({operator: {"a": "b"}})


def test_several_values_without_a_set_operator_are_refused():
    with pytest.raises(ValueError, match="several values"):
        holds({"StringEquals": {TAGS: "environment"}}, context({TAGS: TWO}), True)


def test_an_arn_operator_wants_a_whole_arn():
    with pytest.raises(ValueError, match="six parts"):
        holds({"ArnLike": {"aws:SourceArn": "*"}}, context({"aws:SourceArn": ROLE}), True)
