"""The pack as the engine loads it: a preview fails by a rule's name, a waiver is told, what raises stops the run."""

import re
from pathlib import Path
from typing import Any

import pytest

from airgap.paths import CHECKOUT
from commands.engine import PACK
from commands.rehearsal import WAIVED
from tests.doubles.conftest import Rehearse
from tests.support.engine import Stack

pytestmark = pytest.mark.cluster  # needs no API server, but the built engine

PROGRAM = """
import pulumi, pulumi_aws as aws

provider = aws.Provider("aws", region="eu-west-1", allowed_account_ids=["123456789012"])
cloud = pulumi.ResourceOptions(provider=provider, protect=True)
key = aws.kms.Key("key", description="lab", enable_key_rotation=True, opts=cloud)
aws.ecr.Repository("lab", name="lab", image_tag_mutability={mutability!r}, encryption_configurations=[
    {{"encryption_type": "KMS", "kms_key": key.arn}}],
    image_scanning_configuration={{"scan_on_push": True}}, opts=cloud)
"""
OPEN, CLOSED = PROGRAM.format(mutability="MUTABLE"), PROGRAM.format(mutability="IMMUTABLE")
RULE = "ecr-tags-immutable"
WAIVER = {
    "rule": RULE,
    "resource": "lab",
    "reason": "the nightly build pushes to a fixed tag",
    "owner": "me@example.com",
    "expires": "2999-12-31",
}
SHARED = """
import json, pulumi, pulumi_aws as aws

provider = aws.Provider("aws", region="eu-west-1", allowed_account_ids=["123456789012"])
cloud = pulumi.ResourceOptions(provider=provider)
cluster = "arn:aws:eks:eu-west-1:123456789012:cluster/lab"
held = {{"aws:SourceArn": cluster, "aws:RequestTag/kubernetes-namespace": "models",
    "aws:RequestTag/kubernetes-service-account": "embedder"}}
trust = {{"Effect": "Allow", "Principal": {{"Service": "pods.eks.amazonaws.com"}},
    "Action": ["sts:AssumeRole", "sts:TagSession"], "Condition": {{"StringEquals": held}}}}
role = aws.iam.Role("role", name="lab", assume_role_policy=json.dumps({{"Statement": [trust]}}),
    permissions_boundary="arn:aws:iam::123456789012:policy/services", opts=cloud)
for service in {services!r}:
    aws.eks.PodIdentityAssociation(service, cluster_name="lab", namespace="models", service_account=service,
        role_arn=role.arn, opts=cloud)
"""
TRUST = """
import json, pulumi, pulumi_aws as aws

provider = aws.Provider("aws", region="eu-west-1", allowed_account_ids=["123456789012"])
cloud = pulumi.ResourceOptions(provider=provider)
issuer = aws.iam.OpenIdConnectProvider("issuer", url="https://issuer.example", client_id_lists=["sts.amazonaws.com"],
    opts=cloud)
subjects = [f"system:serviceaccount:models:{{service}}" for service in {services!r}]
held = {{"issuer.example:sub": subjects, "issuer.example:aud": "sts.amazonaws.com"}}
at_most = aws.iam.Policy("at-most", name="services", opts=cloud, policy=json.dumps({{"Version": "2012-10-17",
    "Statement": [{{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::lab/models/embedder/*"}}]}}))
aws.iam.Role("role", name="lab", permissions_boundary=at_most.arn, opts=cloud,
    assume_role_policy=issuer.arn.apply(lambda arn: json.dumps({{"Statement": [{{"Effect": "Allow",
        "Principal": {{"Federated": arn}}, "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {{"StringEquals": held}}}}]}})))
"""
BROKEN = """
from policies.analyzer import serve
from policies.rule import Rule

def broken(inputs):
    raise ZeroDivisionError("division by zero")

serve([Rule(name="ecr-broken", on=("aws:ecr/repository:Repository",), severity="low", must="A.", fix="b", check=broken)])
"""


@pytest.fixture
def stack(rehearse: Rehearse, tmp_path: Path) -> Stack:
    made = rehearse(tmp_path.name, CLOSED, tmp_path)
    made._environment |= PACK
    return made


def told(text: str, level: str) -> list[str]:
    """The rules that the engine names at that level."""
    return re.findall(rf"\[{level}\].*?  ([a-z-]+)  \(", text)


def waive(stack: Stack, **changes: Any) -> None:
    for key, value in (WAIVER | changes).items():
        stack.run("config", "set", "--path", f"tradewind:waivers[0].{key}", value)


def test_what_complies_is_made(stack: Stack):
    assert stack.up().changes["created"] == 4


def test_what_does_not_fails_the_preview_by_rule_reason_and_fix(stack: Stack):
    text = stack.preview(OPEN, fails=True).text
    assert told(text, "mandatory") == [RULE]
    assert "imageTagMutability is 'MUTABLE'" in text and "To fix: " in text


def test_without_the_pack_nobody_would_have_noticed(stack: Stack):
    for name in PACK:
        del stack._environment[name]
    stack.preview(OPEN)


def test_what_only_the_update_knows_is_told_at_preview_and_checked_then(stack: Stack):
    assert "lab waits for encryptionConfigurations.0.kmsKey" in stack.preview().text
    assert "waits for" not in stack.up().text


def test_a_waiver_is_told_in_every_run(stack: Stack):
    waive(stack)
    for text in (stack.preview(OPEN).text, stack.up().text):
        assert RULE in told(text, "advisory") and not told(text, "mandatory")
        assert "waived until 2999-12-31 by me@example.com: the nightly build pushes to a fixed tag" in text
        assert [(rule, resource) for rule, resource, _ in WAIVED.findall(text)] == [(RULE, "lab")], (
            "a rehearsal reads it"
        )


def test_an_expired_waiver_fails(stack: Stack):
    waive(stack, expires="2020-12-31")
    assert "Its waiver ended on 2020-12-31: ask me@example.com." in stack.preview(OPEN, fails=True).text


def test_a_waiver_of_no_rule_is_refused_by_field(stack: Stack):
    waive(stack, rule="ecr-tag-immutable")
    assert "tradewind:waivers[0].rule must be the name of a rule" in stack.preview(fails=True).text


def test_a_rule_that_raises_stops_the_run_and_is_named(stack: Stack, tmp_path: Path):
    pack = tmp_path / "pack"
    pack.mkdir()
    (pack / "__main__.py").write_text(BROKEN)
    (pack / "PulumiPolicy.yaml").write_text(f"runtime:\n  name: python\n  options: {{virtualenv: {CHECKOUT}/.venv}}\n")
    stack._environment["PULUMI_OPTION_POLICY_PACK"] = str(pack)
    assert (
        "rule ecr-broken failed on lab (aws:ecr/repository:Repository): ZeroDivisionError" in stack.up(fails=True).text
    )


def test_what_two_resources_make_together_fails_the_preview(stack: Stack):
    """Though it does not know the role's ARN yet: each association comes from the one role."""
    stack.preview(SHARED.format(services=["embedder"]))
    text = stack.preview(SHARED.format(services=["embedder", "ranker"]), fails=True).text
    assert set(told(text, "mandatory")) == {"stack-identity-of-one-service"}
    assert "models/embedder, models/ranker all act as " in text


def test_what_only_the_update_knows_of_a_stack_is_told_at_preview_and_checked_then(stack: Stack):
    wide = TRUST.format(services=["embedder", "ranker"])
    assert "stack-trust-of-one-subject of role waits for assumeRolePolicy of role" in stack.preview(wide).text
    text = stack.up(fails=True).text
    assert "stack-trust-of-one-subject" in told(text, "mandatory") and "waits for" not in text
    assert not told(stack.up(TRUST.format(services=["embedder"])).text, "mandatory")
