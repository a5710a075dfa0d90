"""Rows of IAM: roles and their policies."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tests.doubles.aws.documents import is_policy
from tests.doubles.aws.formats import UPPER, arn, given
from tests.doubles.rows import Facts, Reference, Row

ISSUER = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"

ROLE = "aws:iam/role:Role"
OF_ROLE = Reference(path="role", tokens=(ROLE,), output="name")

POLICY = "aws:iam/policy:Policy"

OF_AWS = "arn:aws:iam::aws:policy/"
MANAGED = (
    *("AmazonEKSClusterPolicy", "AmazonEKSComputePolicy", "AmazonEKSBlockStoragePolicy"),
    *("AmazonEKSLoadBalancingPolicy", "AmazonEKSNetworkingPolicy", "AmazonEKSWorkerNodeMinimalPolicy"),
    *("AmazonEC2ContainerRegistryPullOnly", "AmazonEC2ContainerRegistryReadOnly", "CloudWatchLogsFullAccess"),
)
"""Some of https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html"""


def managed_policy_exists(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """What a stack of ours makes of its own is the boundary of roles, and attached to none."""
    found = inputs.get("policyArn", f"{OF_AWS}{MANAGED[0]}")
    if found not in {f"{OF_AWS}{name}" for name in MANAGED}:
        yield "policyArn", f"NoSuchEntity: policy {found} does not exist or is not attachable"


def issuer_address(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html"""
    if not re.fullmatch(r"https://[a-z0-9.-]+(/[A-Za-z0-9._/-]*)?", inputs.get("url", "https://a")):
        yield "url", f"InvalidInput: must be an https:// address with no port and no query, got {inputs['url']!r}"
    if len(inputs.get("clientIdLists", [])) > 100:
        yield "clientIdLists", "LimitExceeded: at most 100 audiences"


def of_issuer(facts: Facts) -> str:
    return f"arn:aws:iam::{facts.account}:oidc-provider/{facts.inputs['url'].removeprefix('https://')}"


ROWS: Mapping[str, Row] = {
    ISSUER: Row(
        id=of_issuer,
        outputs=lambda facts: {"arn": facts.id, "thumbprintLists": [facts.token(40)]},
        api=("iam:CreateOpenIDConnectProvider",),
        unique=("url",),
        rules=(issuer_address,),
        replaces=frozenset({"url"}),
    ),
    ROLE: Row(
        id=given("name"),
        outputs=lambda facts: {
            "arn": arn("iam", "role/{name}", everywhere=True)(facts),
            "uniqueId": f"AROA{facts.token(17, UPPER)}",
        },
        api=("iam:CreateRole",),
        renames={"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument"},
        refers=(Reference(path="permissionsBoundary", tokens=(POLICY,), output="arn"),),
        unique=("name",),
        rules=(is_policy("assumeRolePolicy", trusts=True),),
    ),
    POLICY: Row(
        id=arn("iam", "policy/{name}", everywhere=True),
        outputs=lambda facts: {"arn": facts.id, "policyId": f"ANPA{facts.token(17, UPPER)}", "attachmentCount": 0},
        api=("iam:CreatePolicy",),
        renames={"name": "PolicyName", "policy": "PolicyDocument"},
        unique=("name",),
        rules=(is_policy("policy"),),
        replaces=frozenset({"name", "description", "path"}),
    ),
    "aws:iam/rolePolicy:RolePolicy": Row(
        id=given("role", "name", between=":"),
        api=("iam:PutRolePolicy",),
        renames={"name": "PolicyName", "role": "RoleName", "policy": "PolicyDocument"},
        refers=(OF_ROLE,),
        unique=("role", "name"),
        again=True,
        rules=(is_policy("policy"),),
        replaces=frozenset({"role", "name"}),
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Row(
        id=given("role", "policyArn"),
        api=("iam:AttachRolePolicy",),
        renames={"role": "RoleName"},
        refers=(OF_ROLE,),
        unique=("role", "policyArn"),
        again=True,
        rules=(managed_policy_exists,),
        replaces=frozenset({"role", "policyArn"}),
    ),
}
