"""Rows of Secret Manager. What is deleted there is gone at once, and its name is free."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tests.doubles.gcp.access import KEY, agent_may_use, member
from tests.doubles.gcp.formats import api_is_on, path
from tests.doubles.rows import Facts, Reference, Row, values_at

SECRET = "gcp:secretmanager/secret:Secret"
READS = "gcp:secretmanager/secretIamMember:SecretIamMember"

REPLICAS = "replication/userManaged/replicas/*"
UNDER = "customerManagedEncryption/kmsKeyName"


def secret_id(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets/create"""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,255}", inputs.get("secretId", "secret")):
        yield "secretId", f"INVALID_ARGUMENT: must have 1 to 255 letters, digits, - and _, got {inputs['secretId']!r}"


def one_policy(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    if len(inputs.get("replication", {"auto": {}})) != 1:
        yield "replication", "INVALID_ARGUMENT: replication must be automatic or user-managed"


def key_beside_replica(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """https://cloud.google.com/secret-manager/docs/cmek"""
    for replica in values_at(inputs, REPLICAS):
        for key in values_at(replica, UNDER):
            if f"/locations/{replica['location']}/" not in key:
                yield REPLICAS, f"INVALID_ARGUMENT: the key {key} must be in {replica['location']}"


ROWS: Mapping[str, Row] = {
    SECRET: Row(
        id=path("projects/{project}/secrets/{secretId}"),
        outputs=lambda facts: {"name": facts.id},
        api=("secretmanager:v1:Secret",),
        unchecked={"deletionProtection": "the provider's own"},
        ruled=frozenset({"secretId"}),
        refers=(Reference(path=f"{REPLICAS}/{UNDER}", tokens=(KEY,), holds=False),),
        unique=("project", "secretId"),
        rules=(secret_id, one_policy),
        conflicts=(
            api_is_on("secretmanager"),
            key_beside_replica,
            agent_may_use(f"{REPLICAS}/{UNDER}", "secretmanager"),
        ),
        replaces=frozenset({"project", "secretId", "replication"}),
        refuses_deletion=lambda inputs: (
            "cannot destroy secret without setting deletion_protection=false and running `pulumi up`"
            if inputs.get("deletionProtection")
            else None
        ),
    ),
    READS: member("secretId", "secretmanager", (Reference(path="secretId", tokens=(SECRET,), output="secretId"),)),
}
