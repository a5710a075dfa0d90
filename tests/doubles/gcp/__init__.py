"""The double of Google Cloud: every type that a stack of ours makes, and the functions that it calls."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from tests.doubles.cloud import Cloud
from tests.doubles.double import Behind, Double
from tests.doubles.gcp import access, compute, discovery, domains, federation, platform, secrets
from tests.doubles.gcp.formats import NUMBER, agent, require_on
from tests.doubles.rows import Row
from tests.doubles.schema import load

ROWS: Mapping[str, Row] = {
    **access.ROWS,
    **compute.ROWS,
    **domains.ROWS,
    **federation.ROWS,
    **platform.ROWS,
    **secrets.ROWS,
}

SETTINGS = {"tradewind:project": "tradewind-rehearsal"}
"""Keys that a stack's file leaves to its owner."""

DRIFT = ("gcp:storage/bucket:Bucket", "uniformBucketLevelAccess", False)
"""A property that a person could change behind the engine's back: token, name and another value."""

ACCESS_TOKEN = "ya29.a-token-of-the-rehearsal"


def client_config(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": "client-config", "accessToken": ACCESS_TOKEN, "region": arguments["region"]}


def project(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": f"projects/{arguments['projectId']}", "projectId": arguments["projectId"], "number": NUMBER}


def bucket_agent(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    member = agent("storage")
    return {"id": arguments["project"], "member": member, "emailAddress": member.removeprefix("serviceAccount:")}


def key_rings(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    project, location = arguments["project"], arguments["location"]
    require_on(cloud, project, "cloudkms", "Cloud Key Management Service (KMS) API")
    found = [thing for thing in cloud.things(access.RING) if thing.inputs["location"] == location]
    return {"id": project, "keyRings": [{"id": thing.id, "name": thing.id} for thing in found]}


def crypto_keys(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    found = [thing for thing in cloud.things(access.KEY) if thing.inputs["keyRing"] == arguments["keyRing"]]
    return {"id": arguments["keyRing"], "keys": [{"id": thing.id, "name": thing.id} for thing in found]}


FUNCTIONS = {
    "gcp:certificatemanager/getCertificates:getCertificates": domains.certificates,
    "gcp:dns/getManagedZones:getManagedZones": domains.zones,
    "gcp:iam/getWorkloadIdentityPool:getWorkloadIdentityPool": partial(
        federation.found, federation.POOL, federation.POOL_PATH
    ),
    "gcp:iam/getWorkloadIdentityPoolProvider:getWorkloadIdentityPoolProvider": partial(
        federation.found, federation.PROVIDER, federation.PROVIDER_PATH
    ),
    "gcp:kms/getKeyRings:getKeyRings": key_rings,
    "gcp:kms/getCryptoKeys:getCryptoKeys": crypto_keys,
    "gcp:organizations/getClientConfig:getClientConfig": client_config,
    "gcp:organizations/getProject:getProject": project,
    "gcp:storage/getProjectServiceAccount:getProjectServiceAccount": bucket_agent,
}


def double(cloud: Cloud, behind: Behind | None = None) -> Double:
    return Double("gcp", load("gcp"), ROWS, discovery.findings, FUNCTIONS, cloud, behind=behind)
