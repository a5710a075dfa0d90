"""Model artifacts on S3: versioned, under the stack's key, over TLS alone, with a log of who read what."""

from typing import Any

import pulumi
import pulumi_aws as aws

from components import naming
from components.identity.aws_policies import document
from components.secrets.aws import AwsKey
from components.storage import OLD_VERSIONS_DAYS, StorageArgs

LOG_DAYS = 365
UPLOAD_DAYS = 7
"""After which an upload that was never finished is thrown away."""


class AwsStorage(pulumi.ComponentResource):
    """A bucket for artifacts, and one for the record of its readers."""

    url: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: StorageArgs, account: str, key: AwsKey, opts: pulumi.ResourceOptions | None = None
    ):
        super().__init__("tradewind:storage:AwsStorage", name, None, opts)
        self._mine, self._args = pulumi.ResourceOptions(parent=self), args
        # The account makes the names one of a kind in the world, and no secret of it.
        stem = ("tradewind", args.owner, account)
        logs = self._bucket(f"{name}-logs", naming.fitted(*stem, "logs", limit=naming.AWS_BUCKET_LIMIT))
        self._expire(f"{name}-logs", logs, "logs", expiration={"days": LOG_DAYS})
        # S3's log delivery cannot write under a customer key of KMS.
        self._encrypt(f"{name}-logs", logs, {"sse_algorithm": "AES256"})
        delivers = self._tls_only(f"{name}-logs", logs, account)

        models = self._bucket(f"{name}-models", naming.fitted(*stem, "models", limit=naming.AWS_BUCKET_LIMIT))
        versions = aws.s3.BucketVersioning(
            f"{name}-models-versions",
            bucket=models.bucket,
            versioning_configuration={"status": "Enabled"},
            opts=self._mine,
        )
        old = {"noncurrent_days": OLD_VERSIONS_DAYS}
        self._expire(f"{name}-models", models, "old versions", noncurrent_version_expiration=old)
        encrypted = self._encrypt(f"{name}-models", models, {"sse_algorithm": "aws:kms", "kms_master_key_id": key.arn})
        closed = self._tls_only(f"{name}-models", models)
        aws.s3.BucketLogging(
            f"{name}-models-logging",
            bucket=models.bucket,
            target_bucket=logs.bucket,
            target_prefix="models/",
            opts=pulumi.ResourceOptions(parent=self, depends_on=[delivers]),
        )
        # An artifact put before these stand would be readable otherwise, or not to be had back.
        usable = pulumi.Output.all(models.arn, models.bucket, versions.id, encrypted.id, closed.id)
        self.arn = usable.apply(lambda parts: parts[0])
        self.url = usable.apply(lambda parts: f"s3://{parts[1]}/models")
        self.register_outputs({"url": self.url})

    def _bucket(self, name: str, bucket: str) -> aws.s3.Bucket:
        """Nobody but the account's own policies decides who reads it."""
        made = aws.s3.Bucket(
            f"{name}-bucket",
            bucket=bucket,
            force_destroy=not self._args.protect,
            tags=naming.tags(self._args.owner),
            opts=pulumi.ResourceOptions(parent=self, protect=self._args.protect),
        )
        aws.s3.BucketPublicAccessBlock(
            f"{name}-private",
            bucket=made.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self._mine,
        )
        aws.s3.BucketOwnershipControls(
            f"{name}-owner", bucket=made.bucket, rule={"object_ownership": "BucketOwnerEnforced"}, opts=self._mine
        )
        return made

    def _encrypt(
        self, name: str, bucket: aws.s3.Bucket, how: dict[str, pulumi.Input[str]]
    ) -> aws.s3.BucketServerSideEncryptionConfiguration:
        return aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption",
            bucket=bucket.bucket,
            # A bucket key asks KMS once a while instead of once an object.
            rules=[{"apply_server_side_encryption_by_default": how, "bucket_key_enabled": True}],  # pyright: ignore[reportArgumentType]
            opts=self._mine,
        )

    def _expire(self, name: str, bucket: aws.s3.Bucket, rule: str, **what: dict[str, int]) -> None:
        whole: Any = {  # the SDK's types want each combination of keys spelled out
            "id": rule,
            "status": "Enabled",
            "filter": {"prefix": ""},
            "abort_incomplete_multipart_upload": {"days_after_initiation": UPLOAD_DAYS},
            **what,
        }
        aws.s3.BucketLifecycleConfiguration(f"{name}-lifecycle", bucket=bucket.bucket, rules=[whole], opts=self._mine)

    def _tls_only(self, name: str, bucket: aws.s3.Bucket, logs_of: str | None = None) -> aws.s3.BucketPolicy:
        return aws.s3.BucketPolicy(
            f"{name}-policy",
            bucket=bucket.bucket,
            policy=bucket.arn.apply(lambda arn: bucket_policy(arn, logs_of)),
            opts=self._mine,
        )


def bucket_policy(arn: str, logs_of: str | None = None) -> str:
    """No request without TLS; where `logs_of` names an account, S3 may deliver that account's access logs."""
    statements = [
        {
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [arn, f"{arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ]
    if logs_of:
        statements.append(
            {
                "Sid": "DeliverAccessLogs",
                "Effect": "Allow",
                "Principal": {"Service": "logging.s3.amazonaws.com"},
                "Action": "s3:PutObject",
                "Resource": f"{arn}/*",
                "Condition": {"StringEquals": {"aws:SourceAccount": logs_of}},
            }
        )
    return document(*statements)
