"""AWS's own examples of how policies add up; each row names its page in the IAM User Guide or the KMS guide."""

from typing import Any

import pytest

from tests.doubles.permissions.aws import decide
from tests.doubles.permissions.aws_samples import (
    CARLOS,
    GUIDE,
    KEY,
    ROLE,
    ROOT,
    SESSION,
    THEIR_ROOT,
    asked,
    policy,
    said,
)

SAME_ACCOUNT = f"{GUIDE}/reference_policies_evaluation-logic_policy-eval-basics.html"
CROSS_ACCOUNT = f"{GUIDE}/reference_policies_evaluation-logic-cross-account.html"
DENY_ALLOW = f"{GUIDE}/reference_policies_evaluation-logic_policy-eval-denyallow.html"
BOUNDARY = f"{GUIDE}/access_policies_boundaries.html"
NOT_ACTION = f"{GUIDE}/reference_policies_elements_notaction.html"
NOT_RESOURCE = f"{GUIDE}/reference_policies_elements_notresource.html"
NOT_PRINCIPAL = f"{GUIDE}/reference_policies_elements_notprincipal.html"
PRINCIPAL = f"{GUIDE}/reference_policies_elements_principal.html"
VARIABLES = f"{GUIDE}/reference_policies_variables.html"
KMS = "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html"

SELF = ["arn:aws:s3:::carlossalazar/*", "arn:aws:s3:::carlossalazar"]
CARLOS_OWN = policy(
    said("Allow", ["s3:GetBucketLocation", "s3:ListAllMyBuckets"], "arn:aws:s3:::*", Sid="AllowS3ListRead"),
    said("Allow", "s3:*", SELF, Sid="AllowS3Self"),
    said("Deny", "s3:*", "arn:aws:s3:::*log*", Sid="DenyS3Logs"),
)
CARLOS_IN_PRODUCTION = policy(
    said("Allow", "s3:*Object*", "arn:aws:s3:::Production/*", Sid="AllowS3ProductionObjectActions"),
    said("Deny", "s3:*", ["arn:aws:s3:::*log*", "arn:aws:s3:::*log*/*"], Sid="DenyS3Logs"),
)
PRODUCTION = policy(
    said("Allow", ["s3:GetObject*", "s3:PutObject*"], "arn:aws:s3:::Production/*", Principal={"AWS": CARLOS})
)
ANYTHING_OF_CARLOS = policy(said("Allow", "s3:*", SELF, Principal={"AWS": CARLOS}))
EXCEPT_DELETE = policy({"Effect": "Allow", "NotAction": "s3:DeleteBucket", "Resource": "arn:aws:s3:::*"})
EXCEPT_IAM = policy({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})
ONLY_IAM_WITHOUT_MFA = policy(
    said("Allow", "*", "*"),
    {
        "Effect": "Deny",
        "NotAction": "iam:*",
        "Resource": "*",
        "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
    },
)
NOT_HR = policy(
    said("Allow", "s3:*", "*"),
    {
        "Effect": "Deny",
        "Action": "s3:*",
        "NotResource": ["arn:aws:s3:::amzn-s3-demo-bucket/hr", "arn:aws:s3:::amzn-s3-demo-bucket/hr/*"],
    },
)
HOME = policy(said("Allow", "s3:PutObject", ["arn:aws:s3:::amzn-s3-demo-bucket/home/${aws:username}/*"]))
TEAM = policy(said("Allow", "s3:GetObject", ["arn:aws:s3:::b/${aws:PrincipalTag/team, 'company-wide'}/*"]))
SHIRLEY_LIMIT = policy(said("Allow", ["s3:*", "cloudwatch:*", "ec2:*"], "*"))


@pytest.mark.parametrize(
    ("page", "own", "action", "resource", "facts", "allowed"),
    [
        (SAME_ACCOUNT, CARLOS_OWN, "s3:PutObject", "arn:aws:s3:::carlossalazar-logs/x", {}, False),
        (SAME_ACCOUNT, CARLOS_OWN, "s3:PutObject", "arn:aws:s3:::carlossalazar/x", {}, True),
        (SAME_ACCOUNT, CARLOS_OWN, "s3:GetBucketLocation", "arn:aws:s3:::anything", {}, True),
        (SAME_ACCOUNT, CARLOS_OWN, "s3:PutObject", "arn:aws:s3:::anything/x", {}, False),
        (NOT_ACTION, EXCEPT_DELETE, "s3:GetObject", "arn:aws:s3:::b/x", {}, True),
        (NOT_ACTION, EXCEPT_DELETE, "s3:DeleteBucket", "arn:aws:s3:::b", {}, False),
        (NOT_ACTION, EXCEPT_DELETE, "s3:ListAllMyBuckets", "*", {}, False),
        (NOT_ACTION, EXCEPT_DELETE, "sqs:SendMessage", "arn:aws:sqs:us-east-2:111111111111:q", {}, False),
        (NOT_ACTION, EXCEPT_IAM, "sqs:SendMessage", "arn:aws:sqs:us-east-2:111111111111:q", {}, True),
        (NOT_ACTION, EXCEPT_IAM, "iam:CreateUser", CARLOS, {}, False),
        (NOT_ACTION, ONLY_IAM_WITHOUT_MFA, "s3:GetObject", "arn:aws:s3:::b/x", {}, False),
        (NOT_ACTION, ONLY_IAM_WITHOUT_MFA, "iam:GetUser", CARLOS, {}, True),
        (NOT_ACTION, ONLY_IAM_WITHOUT_MFA, "s3:GetObject", "arn:aws:s3:::b/x", {"mfa": "false"}, False),
        (NOT_ACTION, ONLY_IAM_WITHOUT_MFA, "s3:GetObject", "arn:aws:s3:::b/x", {"mfa": "true"}, True),
        (NOT_RESOURCE, NOT_HR, "s3:GetObject", "arn:aws:s3:::amzn-s3-demo-bucket/hr/pay", {}, True),
        (NOT_RESOURCE, NOT_HR, "s3:GetObject", "arn:aws:s3:::amzn-s3-demo-bucket/it/pay", {}, False),
        (VARIABLES, HOME, "s3:PutObject", "arn:aws:s3:::amzn-s3-demo-bucket/home/carlossalazar/x", {}, True),
        (VARIABLES, HOME, "s3:PutObject", "arn:aws:s3:::amzn-s3-demo-bucket/home/ana/x", {}, False),
        (VARIABLES, TEAM, "s3:GetObject", "arn:aws:s3:::b/company-wide/x", {}, True),
        (VARIABLES, TEAM, "s3:GetObject", "arn:aws:s3:::b/blue/x", {"aws:PrincipalTag/team": "blue"}, True),
        (VARIABLES, TEAM, "s3:GetObject", "arn:aws:s3:::b/company-wide/x", {"aws:PrincipalTag/team": "blue"}, False),
        (DENY_ALLOW, policy(), "s3:GetObject", "arn:aws:s3:::b/x", {}, False),
        (DENY_ALLOW, policy(said("Allow", "S3:getobject", "*")), "s3:GetObject", "arn:aws:s3:::b/x", {}, True),
    ],
)
def test_identity_policies(page: str, own: Any, action: str, resource: str, facts: dict[str, Any], allowed: bool):
    # A request by long-lived keys has no such key at all, and BoolIfExists is then true.
    facts = {"aws:MultiFactorAuthPresent" if key == "mfa" else key: value for key, value in facts.items()}
    assert decide(asked(action, resource, **facts), identity=[own]).allowed is allowed, page


@pytest.mark.parametrize(
    ("page", "who", "own", "bucket", "owner", "allowed"),
    [
        # Within an account one of the two suffices; across accounts both must allow.
        (SAME_ACCOUNT, CARLOS, None, {"AWS": CARLOS}, "111111111111", True),
        (SAME_ACCOUNT, CARLOS, "s3:*", None, "111111111111", True),
        (CROSS_ACCOUNT, CARLOS, "s3:*", {"AWS": CARLOS}, "222222222222", True),
        (CROSS_ACCOUNT, CARLOS, "s3:*", {"AWS": ROOT}, "222222222222", True),
        (CROSS_ACCOUNT, CARLOS, "s3:*", {"AWS": "111111111111"}, "222222222222", True),
        (CROSS_ACCOUNT, CARLOS, "s3:*", "*", "222222222222", True),
        (CROSS_ACCOUNT, CARLOS, "s3:*", None, "222222222222", False),
        (CROSS_ACCOUNT, CARLOS, "s3:*", {"AWS": THEIR_ROOT}, "222222222222", False),
        (CROSS_ACCOUNT, CARLOS, None, {"AWS": CARLOS}, "222222222222", False),
        (CROSS_ACCOUNT, CARLOS, None, "*", "222222222222", False),
        # An account as principal hands the choice to that account's own policies.
        (PRINCIPAL, CARLOS, None, {"AWS": ROOT}, "111111111111", False),
        (PRINCIPAL, CARLOS, None, {"AWS": "*"}, "111111111111", True),
        (PRINCIPAL, ROLE, None, {"AWS": ROLE}, "111111111111", True),
        (PRINCIPAL, ROLE, None, {"AWS": [SESSION, CARLOS]}, "111111111111", True),
        (PRINCIPAL, ROLE, None, {"AWS": SESSION + "2"}, "111111111111", False),
        (PRINCIPAL, ROLE, None, {"Service": "ec2.amazonaws.com"}, "111111111111", False),
    ],
)
def test_the_policy_of_a_bucket(page: str, who: str, own: str | None, bucket: Any, owner: str, allowed: bool):
    identity = [policy(said("Allow", own, "*"))] if own else []
    resource = policy(said("Allow", "s3:GetObject", "arn:aws:s3:::b/*", Principal=bucket)) if bucket else None
    request = asked("s3:GetObject", "arn:aws:s3:::b/x", who, owner)
    assert decide(request, identity=identity, resource=resource).allowed is allowed, page


def test_carlos_reaches_production_and_not_its_logs():
    there = {"who": CARLOS, "owner": "222222222222"}
    saved = decide(
        asked("s3:PutObject", "arn:aws:s3:::Production/x", **there),
        identity=[CARLOS_IN_PRODUCTION],
        resource=PRODUCTION,
    )
    refused = decide(asked("s3:PutObject", "arn:aws:s3:::Production-logs/x", **there), identity=[CARLOS_IN_PRODUCTION])
    assert saved.allowed, CROSS_ACCOUNT
    assert (refused.allowed, refused.reason) == (False, "explicit deny: DenyS3Logs of identity policy 0")


@pytest.mark.parametrize(
    ("own", "action", "allowed"),
    [("iam:CreateUser", "iam:CreateUser", False), ("s3:*", "s3:GetObject", True), (None, "s3:GetObject", False)],
)
def test_a_boundary_is_the_most_that_identity_policies_can_give(own: str | None, action: str, allowed: bool):
    identity = [policy(said("Allow", own, "*"))] if own else []
    request = asked(action, "arn:aws:s3:::b/x")
    assert decide(request, identity=identity, boundary=SHIRLEY_LIMIT).allowed is allowed, BOUNDARY


@pytest.mark.parametrize(
    ("who", "named", "allowed"),
    [(CARLOS, {"AWS": CARLOS}, True), (ROLE, {"AWS": ROLE}, False), (ROLE, {"AWS": SESSION}, True), (ROLE, "*", True)],
)
def test_a_boundary_limits_what_a_bucket_gives_to_a_role_but_not_to_a_user_or_a_session(who, named, allowed):
    bucket = policy(said("Allow", "s3:GetObject", "arn:aws:s3:::b/*", Principal=named))
    nothing = policy(said("Allow", "ec2:*", "*"))
    request = asked("s3:GetObject", "arn:aws:s3:::b/x", who)
    assert decide(request, boundary=nothing, resource=bucket).allowed is allowed, DENY_ALLOW


def test_a_deny_in_a_boundary_holds_against_what_a_bucket_gives():
    bucket = policy(said("Allow", "s3:GetObject", "arn:aws:s3:::b/*", Principal={"AWS": CARLOS}))
    limit = policy(said("Allow", "*", "*"), said("Deny", "s3:*", "*", Sid="NoStorage"))
    answer = decide(asked("s3:GetObject", "arn:aws:s3:::b/x"), boundary=limit, resource=bucket)
    assert (answer.allowed, answer.reason) == (False, "explicit deny: NoStorage of the boundary"), DENY_ALLOW


@pytest.mark.parametrize(
    ("spared", "who", "bounded", "allowed"),
    [
        ([CARLOS, ROOT], CARLOS, False, True),
        ([CARLOS], CARLOS, False, False),  # the account must be named as well
        ([ROOT], CARLOS, False, False),
        ([CARLOS, ROOT], CARLOS, True, False),  # a boundary, and NotPrincipal denies whomever it names
        ([SESSION, ROLE, ROOT], ROLE, False, True),
        ([ROLE, ROOT], ROLE, False, False),
        ([CARLOS, ROOT], ROLE, False, False),
    ],
)
def test_not_principal(spared: list[str], who: str, bounded: bool, allowed: bool):
    everything = policy(said("Allow", "*", "*"))
    bucket = policy(said("Deny", "s3:*", "arn:aws:s3:::b/*", NotPrincipal={"AWS": spared}))
    request = asked("s3:GetObject", "arn:aws:s3:::b/x", who)
    answer = decide(request, identity=[everything], boundary=everything if bounded else None, resource=bucket)
    assert answer.allowed is allowed, NOT_PRINCIPAL


@pytest.mark.parametrize(
    ("own", "key", "allowed"),
    [
        (True, {"AWS": ROOT}, True),  # the default key policy: IAM policies count
        (False, {"AWS": ROOT}, False),  # and give the right, which root alone does not
        (False, {"AWS": ROLE}, True),
        (True, {"AWS": CARLOS}, False),  # without the account in it, IAM policies do not count
        (True, None, False),
    ],
)
def test_a_key_is_used_only_by_leave_of_its_own_policy(own: bool, key: Any, allowed: bool):
    identity = [policy(said("Allow", "kms:Decrypt", KEY))] if own else []
    resource = policy(said("Allow", "kms:*", "*", Principal=key)) if key else None
    answer = decide(asked("kms:Decrypt", KEY, ROLE, owner=""), identity=identity, resource=resource)
    assert answer.allowed is allowed, KMS
