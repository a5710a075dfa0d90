"""Rows of Google's IAM, its service agents, Cloud KMS and the APIs themselves."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.doubles.gcp.discovery import is_described
from tests.doubles.gcp.formats import SERVICE, agent, api_is_on, path
from tests.doubles.rows import Facts, Reference, Row, Rule, values_at

ACCOUNT, RING, KEY = "gcp:serviceaccount/account:Account", "gcp:kms/keyRing:KeyRing", "gcp:kms/cryptoKey:CryptoKey"
USES_KEY = "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember"

ROLES = frozenset(yaml.safe_load((Path(__file__).parents[1] / "permissions" / "gcp_roles.yaml").read_text()))
UNDESCRIBED = (
    "memorystore",
    "containersecurity",
    "containerscanning",
    "serviceconsumermanagement",
    "binaryauthorization",
)
"""https://cloud.google.com/service-usage/docs/reference/rest/v1/services/list"""

MEMBER = re.compile(r"(user|group|serviceAccount|domain):\S+|principal(Set)?://\S+")


def published_api(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """Of the APIs that Google describes, or those few of Google Cloud that its client has no document for."""
    name, _, domain = inputs.get("service", "iam.googleapis.com").partition(".")
    if domain != "googleapis.com" or not (name in UNDESCRIBED or is_described(name)):
        yield "service", f"NOT_FOUND: service {inputs['service']!r} does not exist"


def service_is_on(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    return api_is_on(inputs["service"].partition(".")[0])(inputs, facts)


def resource_id(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings/create"""
    if not re.fullmatch(r"[a-zA-Z0-9_-]{1,63}", inputs.get("name", "name")):
        yield "name", f"INVALID_ARGUMENT: must match [a-zA-Z0-9_-]{{1,63}}, got {inputs['name']!r}"


def known_role(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    if inputs.get("role", next(iter(ROLES))) not in ROLES:
        yield "role", f"INVALID_ARGUMENT: Role {inputs['role']} is not supported for this resource"


def real_member(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    if not MEMBER.fullmatch(inputs.get("member", "user:a")):
        yield "member", f"INVALID_ARGUMENT: the member {inputs['member']!r} is of an unknown type"


def member_is_there(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """An account of a project of ours; agents of Google's and pods of a cluster are no resources."""
    member = inputs["member"]
    if re.fullmatch(rf"serviceAccount:[^\[]+@{facts.account}\.iam\.gserviceaccount\.com", member):
        there = {thing.outputs["member"] for thing in facts.cloud.things(ACCOUNT)}
        if member not in there:
            yield "member", f"INVALID_ARGUMENT: Service account {member} does not exist"


def pool_is_there(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """A project has its pool of workload identities from its first cluster on."""
    if ".svc.id.goog[" in inputs["member"] and not facts.cloud.things("gcp:container/cluster:Cluster"):
        yield "member", f"INVALID_ARGUMENT: Identity Pool does not exist ({inputs['member']})"


def account_name(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """https://cloud.google.com/iam/docs/service-accounts-create"""
    if not re.fullmatch(r"[a-z][a-z0-9-]{4,28}[a-z0-9]", inputs.get("accountId", "account")):
        yield "accountId", f"INVALID_ARGUMENT: must have 6 to 30 lower case letters, got {inputs['accountId']!r}"


def agent_may_use(at: str, service: str) -> Rule:
    """A conflict: what is encrypted under a customer's key needs the service's agent to be granted its use."""

    def rule(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
        for key in values_at(inputs, at):
            granted = {each.inputs["member"] for each in facts.cloud.things(USES_KEY)}
            if agent(service) not in granted:
                yield at, f"PERMISSION_DENIED: {agent(service)} may not use {key}"

    return rule


def member(resource: str, api: str, refers: tuple[Reference, ...], more: tuple[Rule, ...] = ()) -> Row:
    """One member of one role on a resource, which is an input of that name."""
    return Row(
        id=lambda facts: f"{facts.inputs.get(resource, facts.account)}/{facts.inputs['role']}/{facts.inputs['member']}",
        api=("cloudkms:v1:Binding",),
        renames={"member": "members"},
        ruled=frozenset({resource}) if resource == "project" else frozenset(),
        refers=refers,
        unique=(resource, "role", "member"),
        again=True,
        rules=(known_role, real_member),
        conflicts=(api_is_on(api), member_is_there, *more),
        replaces=frozenset({resource, "role", "member", "condition"}),
    )


ROWS: Mapping[str, Row] = {
    SERVICE: Row(
        id=path("{project}/{service}"),
        unchecked={"disableOnDestroy": "the provider's own"},
        ruled=frozenset({"service"}),
        unique=("project", "service"),
        rules=(published_api,),
        again=True,
        leaves=lambda inputs: not inputs.get("disableOnDestroy", True),
    ),
    "gcp:projects/serviceIdentity:ServiceIdentity": Row(
        id=path("projects/{project}/services/{service}"),
        outputs=lambda facts: {"member": agent(facts.inputs["service"].partition(".")[0])},
        ruled=frozenset({"service"}),
        unique=("project", "service"),
        rules=(published_api,),
        conflicts=(service_is_on,),
        again=True,
        leaves=lambda inputs: True,
    ),
    ACCOUNT: Row(
        id=path("projects/{project}/serviceAccounts/{accountId}@{project}.iam.gserviceaccount.com"),
        outputs=lambda facts: {
            "name": facts.id,
            "email": facts.id.rpartition("/")[2],
            "member": f"serviceAccount:{facts.id.rpartition('/')[2]}",
            "uniqueId": facts.token(21, "0123456789"),
        },
        api=("iam:v1:CreateServiceAccountRequest", "iam:v1:ServiceAccount"),
        unique=("accountId",),
        rules=(account_name,),
        conflicts=(api_is_on("iam"),),
        replaces=frozenset({"accountId", "project"}),
    ),
    "gcp:projects/iAMMember:IAMMember": member("project", "cloudresourcemanager", ()),
    "gcp:serviceaccount/iAMMember:IAMMember": member(
        "serviceAccountId",
        "iam",
        (Reference(path="serviceAccountId", tokens=(ACCOUNT,), output="name"),),
        (pool_is_there,),
    ),
    "gcp:storage/bucketIAMMember:BucketIAMMember": member(
        "bucket", "storage", (Reference(path="bucket", tokens=("gcp:storage/bucket:Bucket",), output="name"),)
    ),
    "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": member(
        "repository",
        "artifactregistry",
        (Reference(path="repository", tokens=("gcp:artifactregistry/repository:Repository",), output="name"),),
    ),
    USES_KEY: member("cryptoKeyId", "cloudkms", (Reference(path="cryptoKeyId", tokens=(KEY,)),)),
    RING: Row(
        id=path("projects/{project}/locations/{region}/keyRings/{name}"),
        ruled=frozenset({"name"}),
        unique=("project", "location", "name"),
        rules=(resource_id,),
        conflicts=(api_is_on("cloudkms"),),
        replaces=frozenset({"project", "location", "name"}),
        kept="a key ring cannot be deleted",
    ),
    KEY: Row(
        id=path("{keyRing}/cryptoKeys/{name}"),
        api=("cloudkms:v1:CryptoKey",),
        ruled=frozenset({"name"}),
        rules=(resource_id,),
        refers=(Reference(path="keyRing", tokens=(RING,), holds=False),),
        unique=("keyRing", "name"),
        replaces=frozenset({"keyRing", "name", "purpose", "destroyScheduledDuration"}),
        kept="a key cannot be deleted, its versions wait for their destruction",
    ),
}
