"""How a policy document of AWS is read: wildcards, variables, and what is refused rather than passed over."""

from typing import Any

import pytest

from tests.doubles.permissions.aws import decide
from tests.doubles.permissions.aws_samples import CARLOS, GUIDE, asked, policy, said

RESOURCE = f"{GUIDE}/reference_policies_elements_resource.html"
VARIABLES = f"{GUIDE}/reference_policies_variables.html"


@pytest.mark.parametrize(
    ("pattern", "arn", "same"),
    [
        ("arn:aws:s3:::b/*/test/*", "arn:aws:s3:::b/1///test///object.jpg", True),
        ("arn:aws:s3:::b/*/test/*", "arn:aws:s3:::b//test/object.jpg", True),
        ("arn:aws:s3:::b/*/test/*", "arn:aws:s3:::b/1-test/object.jpg", False),
        ("arn:aws:s3:::b/*/test/*", "arn:aws:s3:::b/1/2/test.jpg", False),
        ("arn:aws:s3:::b/?", "arn:aws:s3:::b/xy", False),
        ("arn:aws:ec2:*:111111111111:instance/*", "arn:aws:ec2:eu-west-1:111111111111:instance/i-1", True),
        ("arn:aws:ec2:eu-*-1:111111111111:x", "arn:aws:ec2:eu-a:b-1:111111111111:x", False),  # the middle of a segment
        ("arn:aws:ec2:eu-?:1:x", "arn:aws:ec2:eu-::1:x", False),
        ("arn:aws:logs:*:log-group:x", "arn:aws:logs:eu-west-1:111111111111:log-group:x", True),  # the end of one
        ("arn:aws:sqs", "arn:aws:sqs:us-east-2:111111111111:queue", True),
        ("arn:aws:sqs:us-*", "arn:aws:sqs:eu-west-1:111111111111:queue", False),
        ("arn:aws:iam::111111111111:user/Bob", "arn:aws:iam::111111111111:user/bob", False),
    ],
)
def test_wildcards_of_a_resource(pattern: str, arn: str, same: bool):
    allow = policy(said("Allow", "x:Do", pattern))
    assert decide(asked("x:Do", arn), identity=[allow]).allowed is same, RESOURCE


def test_what_a_variable_brings_is_no_wildcard_and_an_unknown_variable_matches_nothing():
    mine = policy(said("Allow", "s3:GetObject", "arn:aws:s3:::b/${aws:PrincipalTag/team}/*"))
    starred = asked("s3:GetObject", "arn:aws:s3:::b/blue/x", **{"aws:PrincipalTag/team": "*"})
    assert not decide(starred, identity=[mine]).allowed
    assert not decide(asked("s3:GetObject", "arn:aws:s3:::b//x"), identity=[mine]).allowed
    star = policy(said("Allow", "s3:GetObject", "arn:aws:s3:::b/${*}/x"))
    assert decide(asked("s3:GetObject", "arn:aws:s3:::b/*/x"), identity=[star]).allowed, VARIABLES
    assert not decide(asked("s3:GetObject", "arn:aws:s3:::b/y/x"), identity=[star]).allowed
    old = policy(said("Allow", "s3:GetObject", "arn:aws:s3:::b/${aws:username}/*"), version="2008-10-17")
    assert not decide(asked("s3:GetObject", "arn:aws:s3:::b/carlossalazar/x"), identity=[old]).allowed, VARIABLES


@pytest.mark.parametrize(
    ("spoiled", "named"),
    [
        ({"Effect": "allow"}, "Effect"),
        ({"Efect": "Allow"}, "Efect"),
        ({"Principal": "*"}, "Principal"),
        ({"NotAction": "s3:*"}, "Action"),
        ({"Resource": None}, "Resource"),
        ({"Condition": {"StringMatches": {"a": "b"}}}, "StringMatches"),
        ({"Action": "GetObject"}, "GetObject"),
    ],
)
def test_what_is_not_judged_is_refused_by_name_even_where_it_would_not_match(spoiled: dict[str, Any], named: str):
    statement = {key: value for key, value in {**said("Allow", "s3:*", "*"), **spoiled}.items() if value}
    with pytest.raises(ValueError, match=named):
        decide(asked("ec2:RunInstances"), identity=[policy(statement)])


@pytest.mark.parametrize(
    ("principal", "effect"),
    [({"CanonicalUser": "79a5"}, "Allow"), ({"AWS": "arn:aws:iam::111111111111:role/*"}, "Allow"), (None, "Allow")],
)
def test_a_principal_that_is_not_judged_is_refused(principal: Any, effect: str):
    named = {"Principal": principal} if principal else {"NotPrincipal": {"AWS": CARLOS}}
    with pytest.raises(ValueError, match="Principal"):
        decide(asked("s3:GetObject"), resource=policy(said(effect, "s3:*", "*", **named)))


def test_a_bucket_needs_its_owner():
    with pytest.raises(ValueError, match="names no account"):
        decide(asked("s3:GetObject", "arn:aws:s3:::b/x", owner=""), identity=[policy()])
