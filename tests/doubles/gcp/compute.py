"""Rows of networks on Google Cloud."""

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tests.doubles.gcp.formats import api_is_on, link, path
from tests.doubles.rows import Facts, Reference, Row, values_at

NETWORK, SUBNET = "gcp:compute/network:Network", "gcp:compute/subnetwork:Subnetwork"
ROUTER, POLICY = "gcp:compute/router:Router", "gcp:networkconnectivity/serviceConnectionPolicy:ServiceConnectionPolicy"

OF_NETWORK = Reference(path="network", tokens=(NETWORK,))
NAME = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
"""RFC 1035, as each name of Compute Engine: https://cloud.google.com/compute/docs/naming-resources"""

ON = api_is_on("compute")


def name_allowed(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    if not NAME.fullmatch(inputs.get("name", "name")):
        yield "name", f"INVALID_ARGUMENT: must match {NAME.pattern}, got {inputs['name']!r}"


def ranges_valid(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    for at in ("ipCidrRange", "secondaryIpRanges/*/ipCidrRange", "sourceRanges/*"):
        for value in values_at(inputs, at):
            try:
                ipaddress.IPv4Network(value)
            except ValueError:
                yield at, f"INVALID_ARGUMENT: {value!r} is no IPv4 range, or has bits set after its prefix"


def ranges_apart(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """No two ranges of a network overlap, those of pods and services neither."""
    taken = [
        (each.id, theirs)
        for each in facts.cloud.things(SUBNET)
        if each.id != facts.id and each.inputs["network"] == inputs["network"]
        for theirs in _ranges(each.inputs)
    ]
    for mine in _ranges(inputs):
        for other, theirs in taken:
            if mine.overlaps(theirs):
                yield "ipCidrRange", f"INVALID_ARGUMENT: {mine} overlaps {theirs} of {other}"


def priority_bounded(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    if not 0 <= inputs.get("priority", 1000) <= 65535:
        yield "priority", f"INVALID_ARGUMENT: must be 0 to 65535, got {inputs['priority']}"


def _ranges(inputs: Mapping[str, Any]) -> Iterator[ipaddress.IPv4Network]:
    for at in ("ipCidrRange", "secondaryIpRanges/*/ipCidrRange"):
        yield from (ipaddress.IPv4Network(value) for value in values_at(inputs, at))


ROWS: Mapping[str, Row] = {
    NETWORK: Row(
        id=path("projects/{project}/global/networks/{name}"),
        outputs=lambda facts: {"selfLink": link(facts), "networkId": facts.token(19, "0123456789")},
        api=("compute:v1:Network",),
        renames={"routingMode": "routingConfig.routingMode"},
        unique=("project", "name"),
        rules=(name_allowed,),
        conflicts=(ON,),
        replaces=frozenset({"name", "autoCreateSubnetworks"}),
    ),
    SUBNET: Row(
        id=path("projects/{project}/regions/{region}/subnetworks/{name}"),
        outputs=lambda facts: {"selfLink": link(facts), "gatewayAddress": "10.20.0.1"},
        api=("compute:v1:Subnetwork",),
        refers=(OF_NETWORK,),
        unique=("project", "region", "name"),
        rules=(name_allowed, ranges_valid),
        conflicts=(ON, ranges_apart),
        replaces=frozenset({"name", "network", "region"}),
    ),
    "gcp:compute/firewall:Firewall": Row(
        id=path("projects/{project}/global/firewalls/{name}"),
        outputs=lambda facts: {"selfLink": link(facts)},
        api=("compute:v1:Firewall",),
        renames={
            "allows": "allowed",
            "denies": "denied",
            "allows/protocol": "IPProtocol",
            "denies/protocol": "IPProtocol",
        },
        refers=(OF_NETWORK,),
        unique=("project", "name"),
        rules=(name_allowed, ranges_valid, priority_bounded),
        conflicts=(ON,),
        replaces=frozenset({"name", "network", "direction"}),
    ),
    ROUTER: Row(
        id=path("projects/{project}/regions/{region}/routers/{name}"),
        outputs=lambda facts: {"selfLink": link(facts)},
        api=("compute:v1:Router",),
        refers=(OF_NETWORK,),
        unique=("project", "region", "name"),
        rules=(name_allowed,),
        conflicts=(ON,),
        replaces=frozenset({"name", "network", "region"}),
    ),
    "gcp:compute/routerNat:RouterNat": Row(
        id=path("{project}/{region}/{router}/{name}"),
        api=("compute:v1:RouterNat",),
        refers=(
            Reference(path="router", tokens=(ROUTER,), output="name"),
            Reference(path="subnetworks/*/name", tokens=(SUBNET,)),
        ),
        unique=("router", "name"),
        rules=(name_allowed,),
        conflicts=(ON,),
        replaces=frozenset({"name", "router", "region"}),
    ),
    POLICY: Row(
        id=path("projects/{project}/locations/{region}/serviceConnectionPolicies/{name}"),
        api=("networkconnectivity:v1:ServiceConnectionPolicy",),
        refers=(OF_NETWORK, Reference(path="pscConfig/subnetworks/*", tokens=(SUBNET,))),
        unique=("project", "location", "name"),
        conflicts=(api_is_on("networkconnectivity"),),
        replaces=frozenset({"name", "network", "serviceClass", "location"}),
    ),
}
