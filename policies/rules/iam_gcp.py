"""Grants of Google's IAM: which roles no project may hand out, and who is nobody in particular."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from policies.checks import Wanted, each, holds, none_of
from policies.inputs import Inputs
from policies.rule import Check, Finding, Rule


def bindings(*stems: str) -> tuple[str, ...]:
    """Types that bind roles to members: one a member, one a role, one for the whole."""
    return tuple(
        f"gcp:{module}/{name}{kind}:{name[0].upper()}{name[1:]}{kind}"
        for module, name in (stem.split("/") for stem in stems)
        for kind in ("Member", "Binding", "Policy")
    )


PROJECTS = bindings("projects/iAM", "folder/iAM", "organizations/iAM")
ACCOUNTS = bindings("serviceaccount/iAM")
BUCKETS = bindings("storage/bucketIAM", "storage/managedFolderIam")
REPOSITORIES = bindings("artifactregistry/repositoryIam")
SECRETS = bindings("secretmanager/secretIam", "secretmanager/regionalSecretIam")
KEYS = bindings("kms/cryptoKeyIAM", "kms/keyRingIAM")
ALL = (*PROJECTS, *ACCOUNTS, *BUCKETS, *REPOSITORIES, *SECRETS, *KEYS)

BASIC = ("roles/owner", "roles/editor", "roles/viewer")
PUBLIC = ("allusers", "allauthenticatedusers")
ACT_AS_ANY = (
    *("roles/iam.serviceAccountTokenCreator", "roles/iam.serviceAccountOpenIdTokenCreator"),
    *("roles/iam.serviceAccountUser", "roles/iam.serviceAccountKeyAdmin", "roles/iam.serviceAccountAdmin"),
    "roles/iam.workloadIdentityUser",
)
STORES = ("roles/storage.", "roles/secretmanager.", "roles/cloudkms.", "roles/artifactregistry.", "roles/memorystore.")
PULLS = "roles/artifactregistry.reader"
PROGRAMS = ("serviceAccount:", "principal")
"""Members that are nobody's login."""

DEFAULT_ACCOUNT = re.compile(r"[^@]*-compute@developer\.gserviceaccount\.com|[^@]*@appspot\.gserviceaccount\.com")
CONSUMER = re.compile(r"user:.*@(gmail|googlemail)\.com")
EVERY_PROGRAM = re.compile(r"principalset://(?!.*/workforcepools/).*")
"""All workloads with something in common; a group of people is no such set."""

TAKES_OVER = re.compile(
    r".*\*.*|.*\.setIamPolicy|iam\.serviceAccounts\.(actAs|getAccessToken|getOpenIdToken|signBlob|signJwt|"
    r"implicitDelegation)|iam\.serviceAccountKeys\.create|iam\.roles\.(create|update)"
)


def grants(check: Check) -> Check:
    """`check` on each binding, whether it is a resource of its own or stands in policyData."""

    def each_grant(inputs: Inputs) -> Iterator[Finding]:
        text = inputs.get("policyData")
        if text is None:
            yield from check(inputs)
            return
        try:
            policy = json.loads(text)
        except (TypeError, ValueError):
            policy = None
        if isinstance(policy, Mapping):
            yield from each("policyData.bindings", check)(Inputs({"policyData": policy}, inputs.secrets))
        else:
            yield Finding("policyData", "no JSON of a policy")

    return each_grant


def members(wanted: Wanted) -> Check:
    """Each member of a binding is as `wanted`."""

    def all_of(grant: Inputs) -> Iterator[Finding]:
        if grant.get("member") is not None:
            yield from holds("member", wanted)(grant)
        for index, _ in enumerate(grant.get("members") or ()):
            yield from holds(f"members.{index}", wanted)(grant)

    return all_of


def to_programs(grant: Inputs) -> bool:
    """Whether any member is a workload."""
    named = [grant.get("member"), *(grant.get("members") or ())]
    return any(str(one).startswith(PROGRAMS) for one in named)


def _no_admin(grant: Inputs) -> Iterator[Finding]:
    role = str(grant.get("role"))
    if role.startswith("roles/") and "admin" in role.lower() and role not in ACT_AS_ANY and to_programs(grant):
        yield Finding(grant.path("role"), grant.shown("role"))


def _one_store(grant: Inputs) -> Iterator[Finding]:
    role = str(grant.get("role"))
    # Of admins another rule tells.
    if not role.startswith(STORES) or role == PULLS or "admin" in role.lower() or not to_programs(grant):
        return
    if "resource." not in str(grant.get("condition.expression")):
        yield Finding(grant.path("role"), f"{grant.shown('role')} without a condition")


def _own_permissions(inputs: Inputs) -> Iterator[Finding]:
    for index, permission in enumerate(inputs.get("permissions") or ()):
        if TAKES_OVER.fullmatch(str(permission)):
            yield Finding(inputs.path(f"permissions.{index}"), inputs.shown(f"permissions.{index}"))


def _not(refused: re.Pattern[str], value: Any) -> bool:
    return not refused.fullmatch(str(value).lower().removeprefix("serviceaccount:"))


no_basic_role = Rule(
    name="google-iam-no-basic-role",
    on=PROJECTS,
    severity="high",
    answers=("CKV_GCP_117", "CKV_GCP_116", "CKV_GCP_115"),
    must="No owner, editor or viewer may be made of a project, since their rights are those of every service.",
    fix="grant the predefined role of the one service that is used",
    check=grants(holds("role", none_of(*BASIC))),
)

nobody_public = Rule(
    name="google-iam-nobody-public",
    on=ALL,
    severity="critical",
    answers=("CIS GCP 5.1", "CIS GCP 1.9", "CKV_GCP_28", "CKV_GCP_101", "CKV_GCP_112"),
    must="No role may go to allUsers or allAuthenticatedUsers, which are everybody, with a Google account or without.",
    fix="name the accounts or groups that need it",
    check=grants(members(lambda member: str(member).lower() not in PUBLIC)),
)

no_set_of_programs = Rule(
    name="google-iam-no-set-of-workloads",
    on=ALL,
    severity="high",
    must="A role must go to one workload by its subject, never to a principalSet, which is all there will ever be.",
    fix="name principal://iam.googleapis.com/<pool>/subject/<subject>",
    check=grants(members(lambda member: _not(EVERY_PROGRAM, member))),
)

no_impersonation = Rule(
    name="google-iam-no-impersonation",
    on=PROJECTS,
    severity="high",
    answers=("CIS GCP 1.6", "CKV_GCP_41", "CKV_GCP_49", "CKV_GCP_44", "CKV_GCP_45"),
    must="No role of a project may let its holder act as any service account, whose rights are then all the holder's.",
    fix="grant it on the one service account, as serviceaccount.IAMMember",
    check=grants(holds("role", none_of(*ACT_AS_ANY))),
)

no_admin = Rule(
    name="google-iam-no-admin-workload",
    on=PROJECTS,
    severity="high",
    answers=("CIS GCP 1.5", "CKV_GCP_42"),
    must="No workload may be admin of a service in the whole project, for whoever gets into it has that whole service.",
    fix="grant what it does, on the one resource that it does it to",
    check=grants(_no_admin),
)

data_by_resource = Rule(
    name="google-iam-data-by-resource",
    on=PROJECTS,
    severity="high",
    must="No workload may reach all buckets, caches, secrets, keys or repositories of a project, but its own alone.",
    fix="grant it on the one that it needs, or limit it by a condition on resource.name",
    check=grants(_one_store),
)

no_private_account = Rule(
    name="google-iam-no-private-account",
    on=ALL,
    severity="high",
    answers=("CIS GCP 1.1",),
    must="No role may go to a consumer's account, whose access nobody ends when its owner leaves.",
    fix="name a group of your organisation",
    check=grants(members(lambda member: _not(CONSUMER, member))),
)

no_default_account = Rule(
    name="google-iam-no-default-account",
    on=ALL,
    severity="medium",
    answers=("CKV_GCP_46", "CKV_GCP_48", "CKV_GCP_47"),
    must="The default accounts of Compute Engine and App Engine must get no role, since everything runs as them that "
    "names no account.",
    fix="make an account for the workload",
    check=grants(members(lambda member: _not(DEFAULT_ACCOUNT, member))),
)

custom_role = Rule(
    name="google-iam-custom-role-limited",
    on=("gcp:projects/iAMCustomRole:IAMCustomRole", "gcp:organizations/iAMCustomRole:IAMCustomRole"),
    severity="high",
    must="A custom role must let no holder set policies, change roles or act as accounts, for that makes it any role.",
    fix="take that permission out",
    check=_own_permissions,
)

RULES = [
    no_basic_role,
    nobody_public,
    no_set_of_programs,
    no_impersonation,
    no_admin,
    data_by_resource,
    no_private_account,
    no_default_account,
    custom_role,
]
