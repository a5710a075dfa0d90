"""The double of Google Cloud: every type that a stack of ours makes, and the functions that it calls."""

from collections.abc import Mapping
from typing import Any

from tests.doubles.cloud import Cloud
from tests.doubles.double import Double
from tests.doubles.gcp import access, compute, discovery, platform
from tests.doubles.gcp.formats import NUMBER, agent
from tests.doubles.rows import Row
from tests.doubles.schema import load

ROWS: Mapping[str, Row] = {**access.ROWS, **compute.ROWS, **platform.ROWS}


def client_config(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": "client-config", "accessToken": "ya29.a-token-of-the-rehearsal", "region": arguments["region"]}


def project(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": f"projects/{arguments['projectId']}", "projectId": arguments["projectId"], "number": NUMBER}


def bucket_agent(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    member = agent("storage")
    return {"id": arguments["project"], "member": member, "emailAddress": member.removeprefix("serviceAccount:")}


FUNCTIONS = {
    "gcp:organizations/getClientConfig:getClientConfig": client_config,
    "gcp:organizations/getProject:getProject": project,
    "gcp:storage/getProjectServiceAccount:getProjectServiceAccount": bucket_agent,
}


def double(cloud: Cloud) -> Double:
    return Double("gcp", load("gcp"), ROWS, discovery.findings, FUNCTIONS, cloud)
