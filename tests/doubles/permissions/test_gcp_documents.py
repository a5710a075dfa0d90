"""What the Google evaluator refuses rather than passes over, and what holds of any bindings."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.doubles.permissions.cel import UnknownExpression
from tests.doubles.permissions.gcp import Binding, UnknownRole
from tests.doubles.permissions.gcp_samples import MEMBER, READS, allowed, bound, bucket


def test_a_role_without_a_row_and_a_misspelled_permission_are_refused():
    with pytest.raises(UnknownRole, match=r"roles/storage\.objectReader"):
        allowed(READS, bucket(bound("storage.objectReader", "user:another@example.com")))
    with pytest.raises(ValueError, match=r"storage\.object\.get"):
        allowed("storage.object.get", bucket())


@pytest.mark.parametrize(
    ("condition", "named"),
    [
        ("request.auth.claims.email == 'x'", "request.auth"),
        ("resource.matchTag('a', 'b')", "matchTag"),
        ("true || destination.port == 22", "destination"),
        ("resource.type == 'none' && resource.labels == 'x'", "resource.labels"),
        ("api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []) == []", "modifiedGrantsByRole"),
        ("resource.name ==", "no CEL"),
    ],
)
def test_an_attribute_or_function_that_is_not_judged_is_refused_by_name(condition: str, named: str):
    with pytest.raises(UnknownExpression, match=named):
        allowed(READS, bucket(bound("storage.objectViewer", "user:another@example.com", condition=condition)))


def test_a_condition_must_be_true_or_false():
    with pytest.raises(ValueError, match="true or false"):
        allowed(READS, bucket(bound("storage.objectViewer", condition="resource.name")))


@pytest.mark.parametrize(
    ("binding", "named"),
    [
        ({"members": ["serviceaccount:x@p"]}, "serviceaccount"),
        ({"members": ["allUsers"], "condition": "true"}, "allUsers"),
        ({"role": "roles/owner", "members": [MEMBER], "condition": "true"}, "basic role"),
    ],
)
def test_a_binding_that_google_refuses_is_refused(binding: dict[str, Any], named: str):
    with pytest.raises(ValueError, match=named):
        Binding(**{"role": "roles/storage.objectViewer", **binding})


BINDINGS = st.lists(
    st.builds(
        bound,
        st.sampled_from(["storage.objectViewer", "storage.admin", "logging.logWriter"]),
        st.sampled_from([MEMBER, "allUsers", "user:ana@example.com"]),
    ),
    max_size=3,
)


@given(BINDINGS, BINDINGS)
def test_one_more_binding_never_narrows(some: list[Binding], more: list[Binding]):
    assert allowed(READS, bucket(*some, *more)) or not allowed(READS, bucket(*some))


@given(
    st.sampled_from(["b", "another"]),
    st.sampled_from([MEMBER, "user:ana@example.com"]),
    st.sampled_from(["resource.name == 'projects/_/buckets/b'", "resource.name.endsWith('r')", "true", "false"]),
)
def test_a_condition_never_widens(name: str, member: str, condition: str):
    free = bucket(bound("storage.objectViewer", member), name=name)
    tied = bucket(bound("storage.objectViewer", member, condition=condition), name=name)
    assert allowed(READS, free) or not allowed(READS, tied)
