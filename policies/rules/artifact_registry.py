"""Artifact Registry: images that stay what they were, are looked through, and are there while they are deployed."""

from collections.abc import Iterator
from typing import Any

from policies.checks import absent, given, holds, none_of, not_true, one_of, some, true, when
from policies.inputs import Inputs
from policies.rule import Check, Finding, Rule
from policies.rules.iam_gcp import REPOSITORIES, grants

REPOSITORY = ("gcp:artifactregistry/repository:Repository",)

POLICIES = "cleanupPolicies"
NARROWS = ("tagPrefixes", "versionNamePrefixes", "packageNamePrefixes", "newerThan", "olderThan")
"""Fields of a condition by which it does not mean every tagged image."""


def _of_images(check: Check) -> Check:
    """Where images are pushed: not for packages, and not where another registry's are passed on."""
    images = when("format", lambda written: absent(written) or str(written).upper() == "DOCKER", then=check)
    return when("mode", none_of("REMOTE_REPOSITORY", "VIRTUAL_REPOSITORY"), then=images)


def _cleaned(inputs: Inputs) -> Iterator[Finding]:
    yield from some(POLICIES, holds("action", one_of("DELETE")))(inputs)
    if given(inputs.get(POLICIES)):
        yield from holds("cleanupPolicyDryRun", not_true)(inputs)


def _keeps_tagged(inputs: Inputs) -> Iterator[Finding]:
    policies = list(inputs.each(POLICIES))
    if any(_keeps_all_tagged(policy) for policy in policies):
        return
    for policy in policies:
        # Without a state it is any; a tag's prefix is of a tag.
        state = policy.get("condition.tagState")
        if policy.get("action") == "DELETE" and state != "UNTAGGED":
            yield Finding(policy.path("condition"), policy.shown("condition"))


def _keeps_all_tagged(policy: Inputs) -> bool:
    condition: Any = policy.get("condition") or {}
    every = condition.get("tagState") == "TAGGED" and not any(given(condition.get(field)) for field in NARROWS)
    return policy.get("action") == "KEEP" and every


immutable_tags = Rule(
    name="artifact-registry-immutable-tags",
    on=REPOSITORY,
    severity="high",
    must="A repository of images must not let a tag be moved, as by default, or what was tested is not what runs.",
    fix="set dockerConfig.immutableTags to true",
    check=_of_images(holds("dockerConfig.immutableTags", true)),
)

scanned = Rule(
    name="artifact-registry-scanned",
    on=REPOSITORY,
    severity="medium",
    answers=("CIS GKE 5.1.1",),
    must="A repository of images must have them scanned, as by default the project says, or no hole is told of.",
    fix="set vulnerabilityScanningConfig.enablementConfig to INHERITED, and turn on containerscanning.googleapis.com",
    check=_of_images(holds("vulnerabilityScanningConfig.enablementConfig", none_of("DISABLED"))),
)

by_own_key = Rule(
    name="artifact-registry-by-own-key",
    on=REPOSITORY,
    severity="medium",
    answers=("CKV_GCP_84",),
    must="A repository must be encrypted by a key of yours, so that you can end every copy of it at once.",
    fix="set kmsKeyName to a KMS key of the region, when it is made",
    check=holds("kmsKeyName", given),
)

cleaned = Rule(
    name="artifact-registry-cleaned",
    on=REPOSITORY,
    severity="low",
    must="A repository of images must have a cleanup policy in force, or every upload that broke off stays there.",
    fix="set a cleanupPolicies entry with action DELETE and tagState UNTAGGED, and no cleanupPolicyDryRun",
    check=_of_images(_cleaned),
)

keeps_deployed = Rule(
    name="artifact-registry-keeps-deployed",
    on=REPOSITORY,
    severity="high",
    must="The cleanup of a repository must keep every tagged image, since one that is deployed is pulled again when "
    "its node goes, however old it is.",
    fix="set tagState UNTAGGED in each condition with action DELETE, or add a KEEP of tagState TAGGED",
    check=_of_images(_keeps_tagged),
)

pulls_only = Rule(
    name="artifact-registry-grants-pulls",
    on=REPOSITORIES,
    severity="high",
    answers=("CIS GKE 5.1.3",),
    must="What a stack grants on a repository must be to pull, for a node that pushes changes what all others run.",
    fix="grant roles/artifactregistry.reader",
    check=grants(holds("role", one_of("roles/artifactregistry.reader"))),
)

RULES = [immutable_tags, scanned, by_own_key, cleaned, keeps_deployed, pulls_only]
