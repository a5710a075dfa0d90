"""Buckets: who can ever read them, what is left of what was replaced or deleted, and who reads what."""

import re
from collections.abc import Iterator
from typing import Any

from policies.checks import at_least, each, either, given, holds, lacks, not_true, one_of, true, when
from policies.inputs import Inputs
from policies.rule import Finding, Rule
from policies.rules.federation_gcp import TEXT, limited
from policies.rules.iam_gcp import BUCKETS, bindings, grants, to_programs

BUCKET = ("gcp:storage/bucket:Bucket",)

LOGS = re.compile(r"(.*[-_.])?logs?([-_.].*)?")
"""Names of buckets that record how others are used: each line is written once, and nobody records the record."""

SOFT_DELETE_S = 7 * 24 * 3600
"""The least that the cloud has but none, and its default."""

READS = (
    *("roles/storage.objectViewer", "roles/storage.bucketViewer"),
    *("roles/storage.legacyObjectReader", "roles/storage.legacyBucketReader"),
)
WRITES_LOGS = "roles/storage.objectCreator"
LOG_WRITERS = "group:cloud-storage-analytics@google.com"
"""https://cloud.google.com/storage/docs/access-logs#delivery"""

MODELS = "models/"
"""Below it each service has a folder."""
FOLDER = r"(?!models/[\"'])(?:[^/\"'*]+/)+"
OWN_FOLDER = re.compile(
    rf"resource\.name\.startsWith\([\"']projects/_/buckets/[^/\"']+/objects/{FOLDER}[\"']\)"
    r"|resource\.name\s*==\s*[\"']projects/_/buckets/[^/\"']+/objects/[^\"']+[\"']"
    rf"|api\.getAttribute\([\"']storage\.googleapis\.com/objectListPrefix[\"'],\s*{TEXT}\)"
    rf"\.startsWith\([\"']{FOLDER}[\"']\)"
)

ONLY_OLD = ("daysSinceNoncurrentTime", "numNewerVersions", "noncurrentTimeBefore")
"""Conditions of a lifecycle that no live object meets."""


def _is_log(name: Any) -> bool:
    return bool(LOGS.fullmatch(str(name)))


def _keeps_live(rule: Inputs) -> Iterator[Finding]:
    """Of one rule of a lifecycle."""
    condition = rule.get("condition") or {}
    if str(rule.get("action.type")).lower() != "delete" or str(condition.get("withState")).upper() == "ARCHIVED":
        return
    elsewhere = condition.get("matchesPrefixes") or ()
    # Google is sent no zero.
    only_old = any(condition.get(name) not in (None, "", 0) for name in ONLY_OLD)
    if only_old or (elsewhere and not any(map(_of_models, elsewhere))):
        return
    yield Finding(rule.path("condition"), rule.shown("condition"))


def _of_models(prefix: Any) -> bool:
    return str(prefix).startswith(MODELS) or MODELS.startswith(str(prefix))


def _logs_elsewhere(inputs: Inputs) -> Iterator[Finding]:
    target = inputs.get("logging.logBucket")
    if given(target) and target == inputs.get("name"):
        yield Finding(inputs.path("logging.logBucket"), f"{inputs.shown('logging.logBucket')}, the bucket itself")


def _reads_only(grant: Inputs) -> Iterator[Finding]:
    role = grant.get("role")
    named = {grant.get("member"), *(grant.get("members") or ())} - {None}
    if role not in READS and not (role == WRITES_LOGS and named == {LOG_WRITERS}):
        yield Finding(grant.path("role"), grant.shown("role"))


def _own_folder(grant: Inputs) -> Iterator[Finding]:
    said = "condition.expression"
    if to_programs(grant) and not limited(grant.get(said), lambda part: bool(OWN_FOLDER.fullmatch(part))):
        yield Finding(grant.path(said), grant.shown(said))


uniform_access = Rule(
    name="google-bucket-uniform-access",
    on=BUCKET,
    severity="high",
    answers=("CIS GCP 5.2", "CKV_GCP_29"),
    must="A bucket must leave it to IAM alone who reads it, for by default each object can have a list of its own.",
    fix="set uniformBucketLevelAccess to true",
    check=holds("uniformBucketLevelAccess", true),
)

never_public = Rule(
    name="google-bucket-never-public",
    on=BUCKET,
    severity="high",
    answers=("CKV_GCP_114",),
    must="A bucket must refuse to be made public, by whomever, which by default only the organization's policy does.",
    fix="set publicAccessPrevention to enforced",
    check=holds("publicAccessPrevention", one_of("enforced")),
)

versioned = Rule(
    name="google-bucket-versioned",
    on=BUCKET,
    severity="medium",
    answers=("CKV_GCP_78",),
    must="A bucket must keep what is replaced, which by default is gone, so that a bad model can be taken back; one of "
    "logs, called so, need not.",
    fix="set versioning.enabled to true",
    check=either(holds("versioning.enabled", true), holds("name", _is_log)),
)

by_own_key = Rule(
    name="google-bucket-by-own-key",
    on=BUCKET,
    severity="medium",
    must="A bucket must encrypt by a key of yours, so that you can end every copy of what it holds at once.",
    fix="set encryption.defaultKmsKeyName to a KMS key of the region",
    check=holds("encryption.defaultKmsKeyName", given),
)

logs_reads = Rule(
    name="google-bucket-reads-logged",
    on=BUCKET,
    severity="medium",
    answers=("CKV_GCP_62",),
    must="A bucket must log who reads and writes it to another, which is called after its logs.",
    fix="set logging.logBucket to a bucket for logs",
    check=either(holds("logging.logBucket", given), holds("name", _is_log)),
)

logs_elsewhere = Rule(
    name="google-bucket-logs-elsewhere",
    on=BUCKET,
    severity="low",
    answers=("CKV_GCP_63",),
    must="A bucket must not log to itself, where each line written makes another, and whoever empties it leaves none.",
    fix="set logging.logBucket to another bucket",
    check=_logs_elsewhere,
)

soft_delete = Rule(
    name="google-bucket-deletes-softly",
    on=BUCKET,
    severity="medium",
    must="A bucket must give deleted objects back for seven days, as by default, whoever deleted them for good.",
    fix="remove softDeletePolicy, or set its retentionDurationSeconds to 604800 or more",
    check=holds("softDeletePolicy.retentionDurationSeconds", lambda s: s is None or at_least(SOFT_DELETE_S)(s)),
)

lifecycle = Rule(
    name="google-bucket-lifecycle",
    on=BUCKET,
    severity="low",
    must="A bucket must have a lifecycle, or old versions, records and half uploads stay, and cost, for ever.",
    fix="set lifecycleRules, as of old versions by daysSinceNoncurrentTime",
    check=holds("lifecycleRules", given),
)

lifecycle_keeps_live = Rule(
    name="google-bucket-lifecycle-keeps-live",
    on=BUCKET,
    severity="high",
    must="The lifecycle of a versioned bucket must delete old versions alone, since a model that is served today is "
    "live however old it is.",
    fix="set withState ARCHIVED in the condition, or a daysSinceNoncurrentTime",
    check=when(
        "name",
        lambda name: not _is_log(name),
        then=when("versioning.enabled", true, then=each("lifecycleRules", _keeps_live)),
    ),
)

no_any_origin = Rule(
    name="google-bucket-no-any-origin",
    on=BUCKET,
    severity="medium",
    must="A bucket must name the sites whose scripts may use it, since with any of them a stranger's page acts in its "
    "reader's name.",
    fix="set cors.origins to your own sites, or remove cors",
    check=each("cors", holds("origins", lacks("*"))),
)

kept = Rule(
    name="google-bucket-kept",
    on=BUCKET,
    severity="high",
    must="A bucket of prod must not be emptied to be destroyed, for a wrong destroy then takes every model with it.",
    fix="remove forceDestroy, or set tradewind:protect to true",
    tiers=("prod",),
    check=holds("forceDestroy", not_true),
)

reads_only = Rule(
    name="google-bucket-grants-reads",
    on=BUCKETS,
    severity="high",
    must="What a stack grants on a bucket must be to read, for a service that writes models can replace another's; "
    "Cloud Storage alone writes, and logs alone.",
    fix="grant roles/storage.objectViewer",
    check=grants(_reads_only),
)

own_folder = Rule(
    name="google-bucket-grants-own-folder",
    on=bindings("storage/bucketIAM"),
    severity="high",
    must="A service must read its own folder of a bucket and no other, in names and in lists, by a condition.",
    fix='limit it by resource.name.startsWith("projects/_/buckets/<bucket>/objects/models/<service>/")',
    check=grants(_own_folder),
)

RULES = [
    uniform_access,
    never_public,
    versioned,
    by_own_key,
    logs_reads,
    logs_elsewhere,
    soft_delete,
    lifecycle,
    lifecycle_keeps_live,
    no_any_origin,
    kept,
    reads_only,
    own_folder,
]
