"""Model artifacts on Cloud Storage: versioned, under the stack's key, never public, with a log of who read what."""

from typing import Any

import pulumi
import pulumi_gcp as gcp

from components import naming
from components.secrets.gcp import GcpKey
from components.storage import OLD_VERSIONS_DAYS, StorageArgs

LOG_DAYS = 365
UPLOAD_DAYS = 7
"""After which an upload that was never finished is thrown away."""
SOFT_DELETE_S = 7 * 24 * 3600
"""How long an object that somebody deleted for good can still be had back; the least that the cloud has but none."""

LOG_WRITERS = "group:cloud-storage-analytics@google.com"
"""Who delivers access logs: https://cloud.google.com/storage/docs/access-logs#delivery"""


class GcpStorage(pulumi.ComponentResource):
    """A bucket for artifacts, and one for the record of its readers."""

    url: pulumi.Output[str]
    bucket: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: StorageArgs,
        project: str,
        region: str,
        key: GcpKey,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("tradewind:storage:GcpStorage", name, None, opts)
        self._args, self._project, self._region, self._key = args, project, region, key
        logs = self._bucket(f"{name}-logs-bucket", "logs", [expire({"age": LOG_DAYS})])
        delivers = gcp.storage.BucketIAMMember(
            f"{name}-logs-delivery",
            bucket=logs.name,
            role="roles/storage.objectCreator",
            member=LOG_WRITERS,
            opts=pulumi.ResourceOptions(parent=self),
        )
        old = expire({"days_since_noncurrent_time": OLD_VERSIONS_DAYS, "with_state": "ARCHIVED"})
        models = self._bucket(
            f"{name}-models-bucket",
            "models",
            [old],
            versioning={"enabled": True},
            # Without the right to deliver, the record of the first readers is lost.
            logging={"log_bucket": delivers.bucket, "log_object_prefix": "models"},
        )
        self.bucket = models.name
        self.url = self.bucket.apply(lambda bucket: f"gs://{bucket}/models")
        self.register_outputs({"url": self.url})

    def _bucket(self, name: str, what: str, rules: list[Any], **more: Any) -> gcp.storage.Bucket:
        """Nobody but IAM decides who reads it, and no IAM can make it public."""
        return gcp.storage.Bucket(
            name,
            # The project makes the name one of a kind in the world.
            name=naming.fitted("tradewind", self._args.owner, self._project, what, limit=naming.GCP_BUCKET_LIMIT),
            project=self._project,
            location=self._region,
            uniform_bucket_level_access=True,
            public_access_prevention="enforced",
            encryption={"default_kms_key_name": self._key.id},
            soft_delete_policy={"retention_duration_seconds": SOFT_DELETE_S},
            lifecycle_rules=[
                *rules,
                {"action": {"type": "AbortIncompleteMultipartUpload"}, "condition": {"age": UPLOAD_DAYS}},
            ],
            force_destroy=not self._args.protect,
            labels=naming.tags(self._args.owner),
            opts=pulumi.ResourceOptions(parent=self, protect=self._args.protect),
            **more,
        )


def expire(condition: dict[str, Any]) -> dict[str, Any]:
    """A rule that deletes what meets the condition."""
    return {"action": {"type": "Delete"}, "condition": condition}
