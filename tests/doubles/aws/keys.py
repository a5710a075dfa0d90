"""Rows of KMS, CloudWatch Logs and Amazon ECR: each under the stack's key."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from tests.doubles.aws.documents import is_policy
from tests.doubles.aws.formats import arn, given, key_id
from tests.doubles.rows import Facts, Reference, Row

KEY, LOGS, REPOSITORY = "aws:kms/key:Key", "aws:cloudwatch/logGroup:LogGroup", "aws:ecr/repository:Repository"

RETENTION = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
"""https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html"""


COUNTED = ("imageCountMoreThan", "sinceImagePushed", "sinceImagePulled", "sinceImageTransitioned")


def waits_a_while(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    days = inputs.get("deletionWindowInDays", 30)
    if not 7 <= days <= 30:
        yield "deletionWindowInDays", f"ValidationException: must be 7 to 30, got {days}"


def own_alias(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    name = inputs.get("name", "alias/x")
    if not name.startswith("alias/") or name.startswith("alias/aws/"):
        yield "name", f"NotAuthorizedException: must begin with alias/ and not with alias/aws/, got {name!r}"


def known_retention(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    days = inputs.get("retentionInDays", 1)
    if days not in RETENTION:
        yield "retentionInDays", f"InvalidParameterException: must be one of {RETENTION}, got {days}"


def lifecycle_rules(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html"""
    if "policy" not in inputs:
        return
    try:
        rules = json.loads(inputs["policy"])["rules"]
        priorities = [rule["rulePriority"] for rule in rules]
        kinds = {rule["action"]["type"] for rule in rules} | {rule["selection"]["tagStatus"] for rule in rules}
    except (ValueError, KeyError, TypeError) as error:
        yield "policy", f"InvalidParameterException: the lifecycle policy lacks {error}"
        return
    for selection in (rule["selection"] for rule in rules):
        if selection.get("countType") not in COUNTED:
            yield "policy", f"InvalidParameterException: countType must be one of {', '.join(COUNTED)}"
        if not isinstance(number := selection.get("countNumber"), int) or number < 1:
            yield "policy", f"InvalidParameterException: countNumber must be a whole number from 1, got {number!r}"
    if len(set(priorities)) < len(priorities):
        yield "policy", "InvalidParameterException: each rule needs a priority of its own"
    if unknown := kinds - {"expire", "transition", "tagged", "untagged", "any"}:
        yield "policy", f"InvalidParameterException: no such value: {', '.join(sorted(unknown))}"


ROWS: Mapping[str, Row] = {
    KEY: Row(
        id=key_id,
        outputs=lambda facts: {"keyId": facts.id, "arn": arn("kms", "key/{id}")(facts)},
        api=("kms:CreateKey",),
        unchecked={
            "enableKeyRotation": "a call of its own with one boolean",
            "deletionWindowInDays": "an argument of the deletion; a rule has its bounds",
        },
        rules=(is_policy("policy", on_resource=True), waits_a_while),
        kept="pending deletion",
    ),
    "aws:kms/alias:Alias": Row(
        id=given("name"),
        outputs=lambda facts: {"arn": arn("kms", "{name}")(facts)},
        api=("kms:CreateAlias",),
        renames={"name": "AliasName"},
        refers=(Reference(path="targetKeyId", tokens=(KEY,), output="keyId", holds=False),),
        unique=("name",),
        rules=(own_alias,),
    ),
    LOGS: Row(
        id=given("name"),
        outputs=lambda facts: {"arn": arn("logs", "log-group:{name}")(facts)},
        api=("logs:CreateLogGroup", "logs:PutRetentionPolicy"),
        renames={"name": "logGroupName"},
        refers=(Reference(path="kmsKeyId", tokens=(KEY,), output="arn", holds=False),),
        unique=("name",),
        rules=(known_retention,),
    ),
    REPOSITORY: Row(
        id=given("name"),
        outputs=lambda facts: {
            "arn": arn("ecr", "repository/{name}")(facts),
            "registryId": facts.account,
            "repositoryUrl": f"{facts.account}.dkr.ecr.{facts.region}.amazonaws.com/{facts.inputs['name']}",
        },
        api=("ecr:CreateRepository",),
        renames={"name": "repositoryName", "encryptionConfigurations": "encryptionConfiguration"},
        unchecked={"forceDelete": "the provider's own: it empties the repository first"},
        refers=(Reference(path="encryptionConfigurations/*/kmsKey", tokens=(KEY,), output="arn", holds=False),),
        unique=("name",),
    ),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": Row(
        id=given("repository"),
        outputs=lambda facts: {"registryId": facts.account},
        api=("ecr:PutLifecyclePolicy",),
        renames={"repository": "repositoryName", "policy": "lifecyclePolicyText"},
        refers=(Reference(path="repository", tokens=(REPOSITORY,), output="name"),),
        unique=("repository",),
        again=True,
        rules=(lifecycle_rules,),
    ),
}
