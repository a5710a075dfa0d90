"""Rows of Amazon S3."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tests.doubles.aws.documents import is_policy
from tests.doubles.aws.formats import given
from tests.doubles.rows import Facts, Reference, Row

BUCKET = "aws:s3/bucket:Bucket"
OF_BUCKET = Reference(path="bucket", tokens=(BUCKET,), output="bucket")

NAME = re.compile(r"(?!xn--|sthree-)[a-z0-9](?!.*\.\.)[a-z0-9.-]{1,61}(?<!-s3alias)[a-z0-9]")
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""


def name_allowed(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    if not NAME.fullmatch(inputs.get("bucket", "bucket")):
        yield "bucket", f"InvalidBucketName: the specified bucket is not valid: {inputs['bucket']!r}"


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
        "PutBucketLifecycleConfiguration", {"rules": LIFECYCLE}
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": part(
        "PutBucketEncryption",
        {"rules": ENCRYPTION, "rules/applyServerSideEncryptionByDefault/kmsMasterKeyId": "KMSMasterKeyID"},
    ),
    "aws:s3/bucketVersioning:BucketVersioning": part("PutBucketVersioning"),
    "aws:s3/bucketPolicy:BucketPolicy": part("PutBucketPolicy", rules=(is_policy("policy", on_resource=True),)),
    "aws:s3/bucketLogging:BucketLogging": part(
        "PutBucketLogging",
        {
            "targetBucket": "BucketLoggingStatus.LoggingEnabled.TargetBucket",
            "targetPrefix": "BucketLoggingStatus.LoggingEnabled.TargetPrefix",
        },
        refers=(Reference(path="targetBucket", tokens=(BUCKET,), output="bucket"),),
    ),
}
