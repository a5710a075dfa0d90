"""The double of AWS: every type that a stack of ours makes, and the functions that it calls."""

import base64
from collections.abc import Mapping
from typing import Any

from tests.doubles.aws import cache, domains, ec2, eks, iam, keys, models, routing, secrets, storage, tagging
from tests.doubles.aws.replacement import create_only
from tests.doubles.cloud import Cloud
from tests.doubles.double import Behind, Double
from tests.doubles.rows import Row
from tests.doubles.schema import load

SERVICES = (ec2, routing, eks, iam, cache, storage, keys, domains, secrets)
ROWS: Mapping[str, Row] = {token: row for service in SERVICES for token, row in service.ROWS.items()}

SETTINGS = {"tradewind:account": "123456789012"}
"""Keys that a stack's file leaves to its owner."""

DRIFT = ("aws:cloudwatch/logGroup:LogGroup", "retentionInDays", 1)
"""A property that a person could change behind the engine's back: token, name and another value."""

LOGIN = ("AWS", "a token of the rehearsal")
"""User and password of every registry. The user is always AWS."""


def zones(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    region = arguments["region"]
    names = ec2.zones(region)
    return {"id": region, "names": names, "zoneIds": [f"zone-{name}" for name in names], "groupNames": [region]}


def login(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """For Docker's basic authentication."""
    username, password = LOGIN
    token = base64.b64encode(f"{username}:{password}".encode()).decode()
    return {"id": arguments["region"], "userName": username, "password": password, "authorizationToken": token}


FUNCTIONS = {
    "aws:index/getAvailabilityZones:getAvailabilityZones": zones,
    "aws:ecr/getAuthorizationToken:getAuthorizationToken": login,
    "aws:eks/getAddonVersion:getAddonVersion": eks.add_on_version,
    "aws:lb/getHostedZoneId:getHostedZoneId": domains.balancers,
    "aws:resourcegroupstaggingapi/getResources:getResources": tagging.resources,
    "aws:route53/getZone:getZone": domains.zone,
}


def double(cloud: Cloud, behind: Behind | None = None) -> Double:
    return Double("aws", load("aws"), ROWS, models.findings, FUNCTIONS, cloud, create_only, behind)
