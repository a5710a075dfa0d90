"""Who takes a role of AWS, after the trust policies of its pages."""

from typing import Any

import pytest

from tests.doubles.permissions.aws_samples import CARLOS, GUIDE, ROOT, policy
from tests.doubles.permissions.principals import Principal
from tests.doubles.permissions.trust import Circumstances, Pod, WebIdentity, may_assume

SERVICE = f"{GUIDE}/id_roles_create_for-service.html"
DEPUTY = f"{GUIDE}/confused-deputy.html"
POD_ROLE = "https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html"
POD_TAGS = "https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html"
WEB = "https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html"
ACROSS = f"{GUIDE}/tutorial_cross-account-with-roles.html"

ROLE = "arn:aws:iam::111111111111:role/taken"
CLUSTER = "arn:aws:eks:us-west-2:111111111111:cluster/my-cluster"
ISSUER = "oidc.eks.us-west-2.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"
PROVIDER = f"arn:aws:iam::111111111111:oidc-provider/{ISSUER}"
SUBJECT = "system:serviceaccount:my-namespace:my-service-account"
THEIRS = "arn:aws:iam::222222222222:user/ana"


def trust(principal: Any, *actions: str, effect: str = "Allow", **condition: Any) -> dict[str, Any]:
    said = {"Effect": effect, "Principal": principal, "Action": list(actions or ("sts:AssumeRole",))}
    return policy({**said, "Condition": condition} if condition else said)


def service(name: str) -> Principal:
    return Principal(name=name, kind="Service")


@pytest.mark.parametrize(
    ("name", "allowed"), [("ec2.amazonaws.com", True), ("lambda.amazonaws.com", False), ("ec2.example.com", False)]
)
def test_a_service_takes_the_role_made_for_it(name: str, allowed: bool):
    assert may_assume(trust({"Service": "ec2.amazonaws.com"}), service(name), ROLE).allowed is allowed, SERVICE


@pytest.mark.parametrize(("account", "allowed"), [("111111111111", True), ("222222222222", False), (None, False)])
def test_a_confused_deputy_is_refused(account: str | None, allowed: bool):
    document = trust({"Service": "eks.amazonaws.com"}, StringEquals={"aws:SourceAccount": "111111111111"})
    also = Circumstances(context={"aws:SourceAccount": account} if account else {})
    assert may_assume(document, service("eks.amazonaws.com"), ROLE, also).allowed is allowed, DEPUTY


@pytest.mark.parametrize(
    ("actions", "allowed"), [(("sts:AssumeRole", "sts:TagSession"), True), (("sts:AssumeRole",), False)]
)
def test_pod_identity_needs_to_tag_its_session(actions: tuple[str, ...], allowed: bool):
    pod = Pod(cluster_arn=CLUSTER, namespace="my-namespace", service_account="my-service-account")
    answer = may_assume(trust({"Service": "pods.eks.amazonaws.com"}, *actions), pod, ROLE)
    assert answer.allowed is allowed, POD_ROLE
    assert allowed or answer.reason.startswith("sts:TagSession: ")


@pytest.mark.parametrize(("namespace", "allowed"), [("my-namespace", True), ("another", False)])
def test_pod_identity_says_by_tags_which_pod_it_is(namespace: str, allowed: bool):
    wanted = {"aws:RequestTag/kubernetes-namespace": "my-namespace"}
    document = trust({"Service": "pods.eks.amazonaws.com"}, "sts:AssumeRole", "sts:TagSession", StringEquals=wanted)
    pod = Pod(cluster_arn=CLUSTER, namespace=namespace, service_account="my-service-account")
    assert may_assume(document, pod, ROLE).allowed is allowed, POD_TAGS


FEDERATED = trust(
    {"Federated": PROVIDER},
    "sts:AssumeRoleWithWebIdentity",
    StringEquals={f"{ISSUER}:sub": SUBJECT, f"{ISSUER}:aud": "sts.amazonaws.com"},
)


@pytest.mark.parametrize(
    ("changed", "clients", "reason"),
    [
        ({}, ["sts.amazonaws.com"], "statement 0 of the trust policy"),
        ({"sub": "system:serviceaccount:my-namespace:another"}, ["sts.amazonaws.com"], "no statement"),
        ({"sub": None}, ["sts.amazonaws.com"], "no statement"),
        ({"aud": "another"}, ["sts.amazonaws.com"], "does not list the token's audience"),
        ({"aud": "another"}, ["sts.amazonaws.com", "another"], "no statement"),
        ({"iss": "https://elsewhere.example"}, ["sts.amazonaws.com"], "issuer"),
        ({"iss": ISSUER}, ["sts.amazonaws.com"], "issuer"),
    ],
)
def test_a_web_identity(changed: dict[str, str | None], clients: list[str], reason: str):
    whole = {"iss": f"https://{ISSUER}", "sub": SUBJECT, "aud": "sts.amazonaws.com", **changed}
    claims = {key: value for key, value in whole.items() if value}
    answer = may_assume(FEDERATED, WebIdentity(provider_arn=PROVIDER, client_ids=clients, claims=claims), ROLE)
    assert answer.allowed is (not changed), WEB
    assert reason in answer.reason


def test_another_provider_with_the_same_subject_is_refused():
    other = PROVIDER.replace("EXAMPLED539D", "EXAMPLE00000")
    claims = {"iss": f"https://{other.partition('oidc-provider/')[2]}", "sub": SUBJECT, "aud": "sts.amazonaws.com"}
    answer = may_assume(
        FEDERATED, WebIdentity(provider_arn=other, client_ids=["sts.amazonaws.com"], claims=claims), ROLE
    )
    assert not answer.allowed, WEB


def test_a_token_with_azp_is_not_judged():
    claims = {"iss": f"https://{ISSUER}", "sub": SUBJECT, "aud": "sts.amazonaws.com", "azp": "x"}
    with pytest.raises(ValueError, match="azp"):
        may_assume(FEDERATED, WebIdentity(provider_arn=PROVIDER, client_ids=["sts.amazonaws.com"], claims=claims), ROLE)


@pytest.mark.parametrize(
    ("who", "trusted", "own", "allowed"),
    [
        (CARLOS, {"AWS": CARLOS}, False, True),
        (CARLOS, {"AWS": ROOT}, False, False),
        (CARLOS, {"AWS": ROOT}, True, True),
        (CARLOS, {"Service": "ec2.amazonaws.com"}, True, False),  # IAM rights alone open no role
        (THEIRS, {"AWS": "arn:aws:iam::222222222222:root"}, True, True),
        (THEIRS, {"AWS": THEIRS}, False, False),
        (THEIRS, {"AWS": ROOT}, True, False),
    ],
)
def test_a_user_takes_a_role(who: str, trusted: Any, own: bool, allowed: bool):
    identity = [policy({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": ROLE})] if own else []
    answer = may_assume(trust(trusted), Principal(name=who), ROLE, Circumstances(identity=identity))
    assert answer.allowed is allowed, ACROSS


def test_a_deny_of_a_trust_policy_holds():
    both = policy(
        *trust({"AWS": CARLOS})["Statement"],
        *trust("*", effect="Deny", Bool={"aws:MultiFactorAuthPresent": "false"})["Statement"],
    )
    also = Circumstances(context={"aws:MultiFactorAuthPresent": "false"})
    assert may_assume(both, Principal(name=CARLOS), ROLE).allowed
    assert may_assume(both, Principal(name=CARLOS), ROLE, also).reason.startswith("sts:AssumeRole: explicit deny")


def test_a_trust_policy_has_no_resource():
    document = trust({"AWS": CARLOS})
    document["Statement"][0]["Resource"] = "*"
    with pytest.raises(ValueError, match="no Resource"):
        may_assume(document, Principal(name=CARLOS), ROLE)
