"""Rows of Amazon S3."""

import ipaddress
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from tests.doubles.aws.documents import is_policy, problems, resources
from tests.doubles.aws.formats import given
from tests.doubles.rows import Facts, Reference, Row

BUCKET = "aws:s3/bucket:Bucket"
OF_BUCKET = Reference(path="bucket", tokens=(BUCKET,), output="bucket")

NAME = re.compile(
    r"(?!xn--|sthree-|amzn-s3-demo-|.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
    r"(?<!-s3alias)(?<!--ol-s3)(?<!\.mrap)(?<!--x-s3)(?<!--table-s3)"
)
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""


def name_allowed(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    name, wrong = inputs.get("bucket", "bucket"), False
    with suppress(ValueError):
        wrong = bool(ipaddress.IPv4Address(name))
    if wrong or not NAME.fullmatch(name):
        yield "bucket", f"InvalidBucketName: the specified bucket is not valid: {name!r}"


def expiry_counts(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html"""
    rules = inputs.get("rules", [])
    for rule in rules:
        for action in ACTIONS:
            for name, days in rule.get(action, {}).items():
                if name in ("days", "noncurrentDays", "daysAfterInitiation") and days < 1:
                    yield f"rules/{action}/{name}", f"InvalidArgument: must be a positive integer, got {days}"
    for name, times in Counter(rule.get("id") for rule in rules).items():
        if name and times > 1:
            yield "rules/id", f"InvalidArgument: rule ID must be unique, and {name!r} is that of {times}"


def expiry_acts(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    if not inputs.get("rules"):
        yield "rules", "MalformedXML: a lifecycle configuration needs a rule"
    for rule in inputs.get("rules", []):
        if not any(rule.get(action) for action in (*ACTIONS, "transitions", "noncurrentVersionTransitions")):
            yield "rules", "InvalidRequest: at least one action needs to be specified in a rule"


def keys_of_kms(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionByDefault.html"""
    for rule in inputs.get("rules", []):
        how = rule.get("applyServerSideEncryptionByDefault", {})
        if how.get("kmsMasterKeyId") and how.get("sseAlgorithm") == "AES256":
            yield "rules", "InvalidArgument: a KMS key is not applicable if the algorithm is AES256"


def own_objects(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-arn-format.html"""
    if "bucket" not in inputs or any(problems(inputs.get("policy", "{}"), False, True)):
        return
    mine = f"arn:aws:s3:::{inputs['bucket']}"
    for resource in resources(inputs["policy"]):
        if resource != mine and not resource.startswith((f"{mine}/", "*")):
            yield "policy", f"MalformedPolicy: policy has invalid resource {resource!r}"


def _born(facts: Facts) -> dict[str, Any]:
    return {
        "arn": f"arn:aws:s3:::{facts.id}",
        "bucketDomainName": f"{facts.id}.s3.amazonaws.com",
        "bucketRegionalDomainName": f"{facts.id}.s3.{facts.region}.amazonaws.com",
    }


def part(operation: str, renames: Mapping[str, str] | None = None, **more: Any) -> Row:
    """One setting of a bucket, whose id is the bucket's."""
    return Row(
        id=given("bucket"),
        api=(f"s3:{operation}",),
        renames=renames or {},
        refers=(OF_BUCKET, *more.pop("refers", ())),
        unique=("bucket",),
        again=True,
        replaces=frozenset({"bucket"}),
        **more,
    )


ACTIONS = ("abortIncompleteMultipartUpload", "expiration", "noncurrentVersionExpiration")

LIFECYCLE = "LifecycleConfiguration.Rules"
ENCRYPTION = "ServerSideEncryptionConfiguration.Rules"

ROWS: Mapping[str, Row] = {
    BUCKET: Row(
        id=given("bucket"),
        outputs=_born,
        api=("s3:CreateBucket",),
        unchecked={"forceDestroy": "the provider's own: it empties the bucket first"},
        unique=("bucket",),
        rules=(name_allowed,),
        replaces=frozenset({"bucket"}),
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": part(
        "PutPublicAccessBlock",
        {
            name: f"PublicAccessBlockConfiguration.{name[0].upper()}{name[1:]}"
            for name in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
        },
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": part(
        "PutBucketOwnershipControls", {"rule": "OwnershipControls.Rules"}
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": part(
        "PutBucketLifecycleConfiguration", {"rules": LIFECYCLE}, rules=(expiry_counts,), conflicts=(expiry_acts,)
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": part(
        "PutBucketEncryption",
        {"rules": ENCRYPTION, "rules/applyServerSideEncryptionByDefault/kmsMasterKeyId": "KMSMasterKeyID"},
        rules=(keys_of_kms,),
    ),
    "aws:s3/bucketVersioning:BucketVersioning": part("PutBucketVersioning"),
    "aws:s3/bucketPolicy:BucketPolicy": part(
        "PutBucketPolicy", rules=(is_policy("policy", on_resource=True), own_objects)
    ),
    "aws:s3/bucketLogging:BucketLogging": part(
        "PutBucketLogging",
        {
            "targetBucket": "BucketLoggingStatus.LoggingEnabled.TargetBucket",
            "targetPrefix": "BucketLoggingStatus.LoggingEnabled.TargetPrefix",
        },
        refers=(Reference(path="targetBucket", tokens=(BUCKET,), output="bucket"),),
    ),
}
