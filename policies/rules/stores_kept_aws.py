"""What buckets and secrets of AWS keep, and for how long: versions, artifacts, the record of readers."""

from collections.abc import Iterator

from policies.checks import (
    absent,
    at_least,
    at_most,
    both,
    each,
    either,
    given,
    holds,
    none_of,
    not_true,
    one_of,
    some,
    when,
)
from policies.inputs import Inputs
from policies.rule import Check, Finding, Rule
from policies.rules.stores_aws import BUCKET, LOGS, SECRET, keeps_data

LIFECYCLE = ("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",)
LOGGING = ("aws:s3/bucketLogging:BucketLogging",)
UPLOAD_DAYS = 30
BACK_DAYS = 30
"""For which what was replaced or deleted can be had back."""

whole_bucket = both(
    *(holds(path, absent) for path in ("prefix", "filter.prefix", "filter.tag", "filter.and")),
    *(holds(f"filter.objectSize{limit}Than", absent) for limit in ("Greater", "Less")),
)


def _enabled(then: Check) -> Check:
    return each("rules", when("status", none_of("Disabled"), then))


def _logs_elsewhere(inputs: Inputs) -> Iterator[Finding]:
    """A bucket that logs into itself writes a record of each record."""
    target = inputs.get("targetBucket")
    if not given(target) or target == inputs.get("bucket"):
        yield Finding(inputs.path("targetBucket"), inputs.shown("targetBucket"))


versioned = Rule(
    name="s3-versioned",
    on=("aws:s3/bucketVersioning:BucketVersioning",),
    severity="high",
    must="A bucket must keep versions, so that an artifact that was replaced or deleted can be had back.",
    fix="set versioningConfiguration.status to Enabled",
    check=holds("versioningConfiguration.status", one_of("Enabled")),
)

old_versions_kept = Rule(
    name="s3-old-versions-kept",
    on=LIFECYCLE,
    severity="medium",
    must=f"A lifecycle must keep old versions for {BACK_DAYS} days, since a wrong artifact is not always seen at once.",
    fix=f"set noncurrentVersionExpiration.noncurrentDays to {BACK_DAYS} or more",
    check=_enabled(
        when(
            "noncurrentVersionExpiration",
            given,
            then=holds("noncurrentVersionExpiration.noncurrentDays", at_least(BACK_DAYS)),
        )
    ),
)

artifacts_kept = Rule(
    name="s3-artifacts-kept",
    on=LIFECYCLE,
    severity="high",
    must="A lifecycle must not remove current artifacts, since their age does not tell which of them serve.",
    fix=f"leave out expiration.days and expiration.date; only a bucket of logs, whose name ends in {LOGS}, expires",
    check=when(
        "bucket", keeps_data, then=_enabled(both(holds("expiration.days", absent), holds("expiration.date", absent)))
    ),
)

uploads_end = Rule(
    name="s3-uploads-end",
    on=LIFECYCLE,
    severity="low",
    answers=("CKV_AWS_300",),
    must="A bucket must throw away uploads that were never finished, which no listing shows and every bill does.",
    fix=f"add a rule for the whole bucket with abortIncompleteMultipartUpload, {UPLOAD_DAYS} days at most",
    check=some(
        "rules",
        both(
            holds("status", one_of("Enabled")),
            holds("abortIncompleteMultipartUpload.daysAfterInitiation", at_most(UPLOAD_DAYS)),
            whole_bucket,
        ),
    ),
)

logs_elsewhere = Rule(
    name="s3-logs-elsewhere",
    on=LOGGING,
    severity="medium",
    must="A bucket must log its readers into another one, since a log in the bucket itself logs its own writing.",
    fix=f"set targetBucket to a bucket for logs, whose name ends in {LOGS}",
    check=_logs_elsewhere,
)

destroyed_empty = Rule(
    name="s3-destroyed-empty",
    on=(BUCKET,),
    severity="high",
    must="A bucket of production must not be destroyed with data in it, since nothing brings the data back.",
    fix="leave out forceDestroy",
    tiers=("prod",),
    check=holds("forceDestroy", not_true),
)

secret_recoverable = Rule(
    name="secret-recoverable",
    on=(SECRET,),
    severity="medium",
    must="A deleted secret of production must be there for a week more, since nobody else knows its value.",
    fix="leave out recoveryWindowInDays, which is then 30",
    tiers=("prod",),
    check=either(holds("recoveryWindowInDays", at_least(7)), holds("recoveryWindowInDays", one_of(None))),
)

RULES = [
    versioned,
    old_versions_kept,
    artifacts_kept,
    uploads_end,
    logs_elsewhere,
    destroyed_empty,
    secret_recoverable,
]
