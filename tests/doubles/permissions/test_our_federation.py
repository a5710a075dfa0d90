"""Whose token our own documents take, computed: one service account of the peer's cluster, for one audience."""

from typing import Any

import pytest

from components.identity.aws_policies import may_connect, may_read_model, trust_tokens
from components.identity.gcp_bindings import MAPPED, READS, own_model, peers_pods, services_of
from components.identity.peers import AWS_AUDIENCE, POOL_PROVIDER, google_audience, pool_name, role_arn
from tests.doubles.permissions.aws import Request, decide
from tests.doubles.permissions.federation import Provider, Refused, federated
from tests.doubles.permissions.gcp import Binding, Resource
from tests.doubles.permissions.gcp import Request as GoogleRequest
from tests.doubles.permissions.gcp import decide as google_decides
from tests.doubles.permissions.principals import Principal
from tests.doubles.permissions.trust import WebIdentity, may_assume

ACCOUNT, NUMBER = "123456789012", "210987654321"
GKE = "https://container.googleapis.com/v1/projects/tradewind-dev/locations/europe-west1/clusters/tradewind-gcp-dev"
EKS = "https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF"
OURS = "system:serviceaccount:models:embedder"
WRONG_SUBJECTS = (
    "system:serviceaccount:models:ranker",
    "system:serviceaccount:models:embedder-two",
    "system:serviceaccount:models:embedde",
    "system:serviceaccount:default:embedder",
    "system:serviceaccount:models-two:embedder",
    "system:serviceaccount:models:*",
    "",
)

ROLE = role_arn(ACCOUNT, GKE, "embedder")
ISSUER_ARN = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{GKE.removeprefix('https://')}"
TRUST = trust_tokens(ISSUER_ARN, GKE, "models", "embedder")


def takes(provider: str = ISSUER_ARN, **changed: str) -> bool:
    """Whether a token of a pod on GKE becomes a session of the role."""
    claims = {"iss": GKE, "aud": AWS_AUDIENCE, "sub": OURS, **changed}
    return may_assume(TRUST, WebIdentity(provider_arn=provider, client_ids=[AWS_AUDIENCE], claims=claims), ROLE).allowed


def test_aws_takes_the_token_of_the_one_service_account():
    assert takes()


@pytest.mark.parametrize("sub", WRONG_SUBJECTS)
def test_aws_takes_no_other_service_account_of_the_same_cluster(sub: str):
    assert not takes(sub=sub)


@pytest.mark.parametrize("aud", ["https://iam.googleapis.com/x", "sts.amazonaws.com.example.org", GKE, ""])
def test_aws_takes_no_token_for_somebody_else(aud: str):
    assert not takes(aud=aud)


def test_the_roles_own_trust_refuses_an_audience_that_the_provider_would_take():
    """A person may add one to the provider; every role keeps to its own."""
    claims = {"iss": GKE, "aud": "another", "sub": OURS}
    caller = WebIdentity(provider_arn=ISSUER_ARN, client_ids=[AWS_AUDIENCE, "another"], claims=claims)
    assert not may_assume(TRUST, caller, ROLE).allowed


@pytest.mark.parametrize("issuer", [GKE.replace("gcp-dev", "gcp-prod"), GKE.replace("tradewind-dev", "stranger"), EKS])
def test_aws_takes_no_token_of_another_cluster(issuer: str):
    assert not takes(iss=issuer)
    other = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer.removeprefix('https://')}"
    assert not takes(provider=other, iss=issuer)


@pytest.mark.parametrize(
    "caller",
    [
        Principal(name=f"arn:aws:iam::{ACCOUNT}:role/tradewind-aws-dev-embedder"),
        Principal(name="pods.eks.amazonaws.com", kind="Service"),
    ],
)
def test_nobody_else_takes_the_role_of_a_namesake(caller: Principal):
    assert not may_assume(TRUST, caller, ROLE).allowed


@pytest.mark.parametrize(
    ("action", "key", "allowed"),
    [
        ("s3:GetObject", "models/embedder/1/model.onnx", True),
        ("s3:GetObject", "models/ranker/1/model.onnx", False),
        ("s3:PutObject", "models/embedder/1/model.onnx", False),
        ("s3:DeleteObject", "models/embedder/1/model.onnx", False),
    ],
)
def test_the_role_of_a_namesake_reads_one_prefix(action: str, key: str, allowed: bool):
    bucket, kms = "arn:aws:s3:::models", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/6a7b"
    asked = Request(principal=Principal(name=ROLE), action=action, resource=f"{bucket}/{key}", owner=ACCOUNT)
    assert decide(asked, identity=[may_read_model(bucket, kms, "embedder")]).allowed is allowed


def test_the_role_of_a_namesake_does_not_connect_to_the_cache():
    cache, user = (f"arn:aws:elasticache:eu-west-1:{ACCOUNT}:{each}" for each in ("replicationgroup:c", "user:u"))
    asked = Request(principal=Principal(name=ROLE), action="elasticache:Connect", resource=cache, owner=ACCOUNT)
    read_alone = [may_read_model("arn:aws:s3:::models", "arn:aws:kms:eu-west-1:1:key/a", "embedder")]
    assert not decide(asked, identity=read_alone).allowed
    assert decide(asked, identity=[*read_alone, may_connect(cache, user)]).allowed


POOL = pool_name(NUMBER, GKE, EKS)
AUDIENCE = f"https:{google_audience(POOL)}"
CLAIMS = {"iss": EKS, "aud": [AUDIENCE], "sub": OURS}
POOLS_OWN = Provider(
    pool=POOL, name=POOL_PROVIDER, issuer=EKS, mapping=MAPPED, audiences=[AUDIENCE], condition=services_of("models")
)


def reads(key: str = "models/embedder/1/model.onnx", permission: str = "storage.objects.get", **changed: Any) -> bool:
    """Whether a token of a pod on EKS reads an object of the bucket."""
    condition = own_model("models", "embedder")["expression"]
    binding = Binding(role=READS, members=[peers_pods(POOL, "models", "embedder")], condition=condition)
    bucket = Resource(name="projects/_/buckets/models", type="storage.googleapis.com/Bucket", bindings=[binding])
    thing = Resource(name=f"{bucket.name}/objects/{key}", type="storage.googleapis.com/Object", parent=bucket)
    try:
        caller = federated(POOLS_OWN, {**CLAIMS, **changed})
    except Refused:
        return False
    return google_decides(GoogleRequest(caller=caller, permission=permission, resource=thing)).allowed


def test_google_takes_the_token_of_the_one_service_account():
    assert reads()


@pytest.mark.parametrize("sub", WRONG_SUBJECTS)
def test_google_takes_no_other_service_account_of_the_same_cluster(sub: str):
    assert not reads(sub=sub)


@pytest.mark.parametrize(
    "sub", ["system:serviceaccount:default:embedder", "system:serviceaccount:models-two:embedder", "x"]
)
def test_another_namespace_is_refused_before_any_binding_is_read(sub: str):
    with pytest.raises(Refused, match="condition is not true"):
        federated(POOLS_OWN, {**CLAIMS, "sub": sub})


@pytest.mark.parametrize("aud", [AWS_AUDIENCE, AUDIENCE.removeprefix("https:"), f"{AUDIENCE}-two", []])
def test_google_takes_no_token_for_somebody_else(aud: str | list[str]):
    assert not reads(aud=aud)


@pytest.mark.parametrize("issuer", [EKS[:-1] + "0", EKS.replace("eu-west-1", "us-east-1"), GKE])
def test_google_takes_no_token_of_another_cluster(issuer: str):
    assert not reads(iss=issuer)


def test_an_earlier_peers_pool_which_is_left_is_let_into_nothing():
    left = pool_name(NUMBER, GKE, EKS[:-1] + "0")
    assert peers_pods(left, "models", "embedder") != peers_pods(POOL, "models", "embedder")
    audience = f"https:{google_audience(left)}"
    earlier = Provider(pool=left, name=POOL_PROVIDER, issuer=EKS[:-1] + "0", mapping=MAPPED, audiences=[audience])
    caller = federated(earlier, {**CLAIMS, "iss": EKS[:-1] + "0", "aud": audience})
    assert peers_pods(POOL, "models", "embedder") not in caller.members


@pytest.mark.parametrize(
    ("key", "permission", "allowed"),
    [
        ("models/embedder/1/model.onnx", "storage.objects.get", True),
        ("models/ranker/1/model.onnx", "storage.objects.get", False),
        ("models/embedder-two/x", "storage.objects.get", False),
        ("models/embedder/1/model.onnx", "storage.objects.create", False),
        ("models/embedder/1/model.onnx", "storage.objects.delete", False),
    ],
)
def test_a_namesake_reads_one_prefix_of_the_bucket(key: str, permission: str, allowed: bool):
    assert reads(key, permission) is allowed
