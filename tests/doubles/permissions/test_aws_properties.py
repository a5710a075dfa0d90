"""What holds of any policies: a Deny and a boundary never widen, an Allow never narrows."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.doubles.permissions.aws import Request, decide
from tests.doubles.permissions.aws_samples import CARLOS, KEY, ROLE, ROOT, THEIR_ROOT, asked, policy, said

ACTIONS = st.sampled_from(["s3:GetObject", "s3:PutObject", "kms:Decrypt"])
NAMES = st.sampled_from(["arn:aws:s3:::b/x", "arn:aws:s3:::b/y", KEY])
STATEMENTS = st.builds(
    said,
    st.sampled_from(["Allow", "Deny"]),
    st.sampled_from(["s3:*", "s3:Get*", "kms:*", "*"]),
    st.sampled_from(["*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/x", KEY]),
)
POLICIES = st.builds(lambda many: policy(*many), st.lists(STATEMENTS, max_size=4))
BUCKETS = st.builds(
    lambda many, who: policy(*({**each, "Principal": who} for each in many)),
    st.lists(STATEMENTS, max_size=3),
    st.sampled_from(["*", {"AWS": CARLOS}, {"AWS": ROOT}, {"AWS": ROLE}, {"AWS": THEIR_ROOT}]),
)
REQUESTS = st.builds(
    asked, ACTIONS, NAMES, st.sampled_from([CARLOS, ROLE]), st.sampled_from(["111111111111", "222222222222"])
)


@given(REQUESTS, st.lists(POLICIES, max_size=2), BUCKETS, STATEMENTS)
def test_one_more_deny_never_widens(request: Request, own: list[Any], bucket: Any, more: dict[str, Any]):
    after = decide(request, identity=[*own, policy({**more, "Effect": "Deny"})], resource=bucket)
    assert decide(request, identity=own, resource=bucket).allowed or not after.allowed


@given(REQUESTS, st.lists(POLICIES, max_size=2), BUCKETS, POLICIES)
def test_a_boundary_never_widens(request: Request, own: list[Any], bucket: Any, limit: Any):
    after = decide(request, identity=own, boundary=limit, resource=bucket)
    assert decide(request, identity=own, resource=bucket).allowed or not after.allowed


@given(REQUESTS, st.lists(POLICIES, max_size=2), BUCKETS, STATEMENTS)
def test_one_more_allow_never_narrows(request: Request, own: list[Any], bucket: Any, more: dict[str, Any]):
    after = decide(request, identity=[*own, policy({**more, "Effect": "Allow"})], resource=bucket)
    assert after.allowed or not decide(request, identity=own, resource=bucket).allowed
