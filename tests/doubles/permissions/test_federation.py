"""Workload identity federation, after Google's pages: whose token becomes which caller, and whom it may impersonate."""

from typing import Any

import pytest

from tests.doubles.permissions.cel import UnknownExpression
from tests.doubles.permissions.federation import Provider, Refused, federated, may_impersonate
from tests.doubles.permissions.gcp import Binding, Request, Resource, decide

DOCS = "https://cloud.google.com/iam/docs"
OVERVIEW = f"{DOCS}/workload-identity-federation"
KUBERNETES = f"{DOCS}/workload-identity-federation-with-kubernetes"
PIPELINES = f"{DOCS}/workload-identity-federation-with-deployment-pipelines"
PROVIDERS = f"{DOCS}/reference/rest/v1/projects.locations.workloadIdentityPools.providers"

POOL = "projects/1/locations/global/workloadIdentityPools/eks"
ISSUER = "https://oidc.eks.eu-west-1.amazonaws.com/id/ABC"
SUBJECT = "system:serviceaccount:models:embedder"
ONE = f"principal://iam.googleapis.com/{POOL}/subject/{SUBJECT}"
SET = f"principalSet://iam.googleapis.com/{POOL}"
AUDIENCE = f"https://iam.googleapis.com/{POOL}/providers/eks"
CLAIMS = {
    "iss": ISSUER,
    "aud": [AUDIENCE],
    "sub": SUBJECT,
    "kubernetes.io": {"namespace": "models", "serviceaccount": {"name": "embedder"}},
    "groups": ["readers"],
}


def a_provider(**changed: Any) -> Provider:
    return Provider(
        **{"pool": POOL, "name": "eks", "issuer": ISSUER, "mapping": {"google.subject": "assertion.sub"}, **changed}
    )


def embedder(*members: str, role: str = "roles/iam.workloadIdentityUser") -> Resource:
    name = "projects/p/serviceAccounts/embedder@p.iam.gserviceaccount.com"
    bindings = [Binding(role=role, members=members)]
    return Resource(name=name, type="iam.googleapis.com/ServiceAccount", bindings=bindings)


@pytest.mark.parametrize(
    ("page", "provider", "changed", "member", "allowed"),
    [
        (OVERVIEW, {}, {}, ONE, True),
        (OVERVIEW, {}, {"sub": "system:serviceaccount:models:reranker"}, ONE, False),
        (OVERVIEW, {}, {"sub": SUBJECT + "2"}, ONE, False),
        (OVERVIEW, {}, {"iss": ISSUER + "D"}, ONE, False),
        (PROVIDERS, {}, {"aud": f"//iam.googleapis.com/{POOL}/providers/eks"}, ONE, True),
        (PROVIDERS, {}, {"aud": "sts.amazonaws.com"}, ONE, False),
        (PROVIDERS, {}, {"aud": []}, ONE, False),
        (PROVIDERS, {"audiences": ["tradewind"]}, {"aud": "tradewind"}, ONE, True),
        (PROVIDERS, {"audiences": ["tradewind"]}, {}, ONE, False),  # the default goes when others are named
        (OVERVIEW, {}, {}, f"{SET}/*", True),
        (OVERVIEW, {}, {}, f"principalSet://iam.googleapis.com/{POOL}2/*", False),
        (OVERVIEW, {}, {}, f"{ONE}2", False),
    ],
)
def test_a_token_impersonates_a_service_account(page: str, provider: Any, changed: Any, member: str, allowed: bool):
    answer = may_impersonate(a_provider(**provider), {**CLAIMS, **changed}, embedder(member))
    assert answer.allowed is allowed, page


MAPPING = {
    "google.subject": "assertion.sub",
    "google.groups": "assertion.groups",
    "attribute.namespace": "assertion['kubernetes.io']['namespace']",
    "attribute.account": "assertion.sub.extract('serviceaccount:models:{name}')",
}


@pytest.mark.parametrize(
    ("member", "allowed"),
    [
        (f"{SET}/attribute.namespace/models", True),
        (f"{SET}/attribute.namespace/default", False),
        (f"{SET}/attribute.account/embedder", True),
        (f"{SET}/group/readers", True),
        (f"{SET}/group/writers", False),
    ],
)
def test_a_set_of_principals_is_chosen_by_what_the_mapping_reads(member: str, allowed: bool):
    assert may_impersonate(a_provider(mapping=MAPPING), CLAIMS, embedder(member)).allowed is allowed, KUBERNETES


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ("assertion['kubernetes.io']['namespace'] in ['models', 'kube-system']", True),
        ("assertion['kubernetes.io']['namespace'] in ['default']", False),
        ("attribute.namespace == 'models' && google.subject.startsWith('system:serviceaccount:models:')", True),
        ("'readers' in google.groups", True),
        ("'admins' in google.groups", False),
        ("assertion.absent == 'x'", False),
    ],
)
def test_the_attribute_condition(condition: str, allowed: bool):
    provider = a_provider(mapping=MAPPING, condition=condition)
    assert may_impersonate(provider, CLAIMS, embedder(ONE)).allowed is allowed, KUBERNETES


def test_a_role_that_lets_nobody_impersonate_does_not():
    assert not may_impersonate(a_provider(), CLAIMS, embedder(ONE, role="roles/iam.serviceAccountUser")).allowed


def test_a_federated_caller_holds_rights_of_its_own_as_well():
    held = Resource(
        name="projects/_/buckets/b",
        type="storage.googleapis.com/Bucket",
        bindings=[Binding(role="roles/storage.objectViewer", members=[ONE])],
    )
    caller = federated(a_provider(), CLAIMS)
    assert decide(Request(caller=caller, permission="storage.objects.get", resource=held)).allowed, OVERVIEW


@pytest.mark.parametrize(
    ("changed", "mapping", "reason"),
    [
        ({"sub": "x" * 128}, {}, "127 bytes"),
        ({"sub": ""}, {}, "127 bytes"),
        ({}, {"attribute.team": "assertion.team"}, "attribute.team cannot be mapped"),
        ({}, {"google.groups": "assertion.sub"}, "another type"),
    ],
)
def test_claims_that_cannot_be_mapped_are_refused(changed: Any, mapping: Any, reason: str):
    provider = a_provider(mapping={"google.subject": "assertion.sub", **mapping})
    with pytest.raises(Refused, match=reason):
        federated(provider, {**CLAIMS, **changed})
    assert reason in may_impersonate(provider, {**CLAIMS, **changed}, embedder(ONE)).reason


def test_a_mapping_is_read_as_google_reads_it():
    with pytest.raises(ValueError, match=r"google\.subject"):
        a_provider(mapping={"attribute.x": "assertion.sub"})
    with pytest.raises(ValueError, match=r"attribute\.Team"):
        a_provider(mapping={"google.subject": "assertion.sub", "attribute.Team": "assertion.sub"})
    with pytest.raises(UnknownExpression, match="request"):
        federated(a_provider(mapping={"google.subject": "request.time"}), CLAIMS)
    with pytest.raises(ValueError, match="true or false"):
        federated(a_provider(condition="assertion.sub"), CLAIMS)


def test_the_documented_mapping_of_a_role_of_aws():
    role = (
        "assertion.arn.contains('assumed-role') ? assertion.arn.extract('{account_arn}assumed-role/') + "
        "'assumed-role/' + assertion.arn.extract('assumed-role/{role_name}/') : assertion.arn"
    )
    provider = a_provider(mapping={"google.subject": "assertion.arn", "attribute.aws_role": role})
    claims = {**CLAIMS, "arn": "arn:aws:sts::1:assumed-role/reader/session"}
    assert f"{SET}/attribute.aws_role/arn:aws:sts::1:assumed-role/reader" in federated(provider, claims).members, (
        PROVIDERS
    )
