"""Rows of ACM and Route 53: a certificate, the record that proves its domain, names in a public zone."""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from tests.doubles.aws.formats import arn, key_id
from tests.doubles.cloud import Cloud, Thing
from tests.doubles.faults import CloudError
from tests.doubles.rows import Facts, Reference, Row

CERTIFICATE, RECORD = "aws:acm/certificate:Certificate", "aws:route53/record:Record"
ISSUED = "aws:acm/certificateValidation:CertificateValidation"

ZONES: Mapping[str, str] = {"example.com": "Z0123456789ABCDEFGHIJ", "ml.example.com": "Z0123456789JIHGFEDCBA"}
"""Public hosted zones that are in the account before any stack, one of them delegated to from the other: id by name."""

BALANCERS: Mapping[str, str] = {"eu-west-1": "Z2IFOLAFXWLO4F", "us-east-1": "Z26RNL4JYFTOTI"}
"""Of Network Load Balancers, by region: https://docs.aws.amazon.com/general/latest/gr/elb.html"""


def zone(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    name = arguments.get("name", "").removesuffix(".")
    if arguments.get("privateZone") or name not in ZONES:
        raise CloudError("no matching Route 53 Hosted Zone found")
    return {"id": ZONES[name], "zoneId": ZONES[name], "name": name, "privateZone": False}


def balancers(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    if (kind := arguments.get("loadBalancerType", "application")) != "network":
        raise CloudError(f"no double for load balancers of type {kind!r}. To fix: add their zones")
    region = arguments["region"]
    # Any other region's id is made up, since nothing here resolves it.
    return {"id": BALANCERS.get(region, f"Z{region.upper().replace('-', ''):0<13}"), "loadBalancerType": kind}


def certifiable(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html"""
    if not {"certificateBody", "domainName"} & inputs.keys():
        yield "domainName", "ValidationException: a certificate that is requested needs a domain name"
    if len(inputs.get("domainName", "")) > 64:
        yield (
            "domainName",
            f"ValidationException: the first domain name has at most 64 octets, got {inputs['domainName']!r}",
        )


def in_a_zone(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-values-basic.html"""
    name = next((name for name, id in ZONES.items() if id == inputs.get("zoneId")), None)
    if "zoneId" in inputs and name is None:
        yield "zoneId", f"NoSuchHostedZone: no hosted zone found with ID: {inputs['zoneId']}"
    elif name and "name" in inputs and not f".{inputs['name'].removesuffix('.')}".endswith(f".{name}"):
        yield "name", f"InvalidChangeBatch: RRSet with DNS name {inputs['name']}. is not permitted in zone {name}."


def one_kind_of_value(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """An alias has no time to live of its own, and may stand where a CNAME may not: at the zone itself."""
    if "aliases" in inputs and {"records", "ttl"} & inputs.keys():
        yield "aliases", "InvalidInput: an alias has neither records nor a TTL"
    if inputs.get("type") == "A":
        for value in inputs.get("records", []):
            try:
                ipaddress.IPv4Address(value)
            except ValueError:
                yield "records", f"InvalidChangeBatch: ARRDATAIllegalIPv4Address: {value!r} is no IPv4 address"
    if inputs.get("type") == "CNAME" and inputs.get("name") in ZONES:
        yield "name", f"InvalidChangeBatch: RRSet of type CNAME is not permitted at apex in zone {inputs['name']}"


def has_a_value(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    if "aliases" not in inputs and not {"records", "ttl"} <= inputs.keys():
        yield "records", "InvalidInput: a record that is no alias needs values and a TTL"


def cname_alone(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """Nothing stands beside a CNAME of the same name."""
    for other in facts.cloud.things(RECORD):
        if other.id == facts.id or any(other.inputs[key] != inputs[key] for key in ("zoneId", "name")):
            continue
        if "CNAME" in (kinds := (inputs["type"], other.inputs["type"])) and kinds[0] != kinds[1]:
            yield "type", f"InvalidChangeBatch: a conflicting RRSet of type {kinds[1]} exists with the same DNS name"


def proven(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """What the provider waits for, an hour and more."""
    certificate = facts.cloud.get(CERTIFICATE, inputs["certificateArn"])
    assert certificate, "references were looked at before"
    if not is_issued(facts.cloud, certificate):
        yield "certificateArn", f"timeout while waiting for {certificate.id} to be issued: PENDING_VALIDATION"


def is_issued(cloud: Cloud, certificate: Thing) -> bool:
    """Whether the record that ACM asked for is where the world would look for it: in the nearest zone above it."""
    wanted = certificate.outputs["domainValidationOptions"][0]
    name, value = wanted["resourceRecordName"].removesuffix("."), wanted["resourceRecordValue"]
    above = [(zone, id) for zone, id in ZONES.items() if name.endswith(f".{zone}")]
    _, nearest = max(above, key=lambda found: len(found[0]), default=("", ""))
    return any(
        (each.inputs["zoneId"], each.inputs["name"], each.inputs.get("records")) == (nearest, name, [value])
        for each in cloud.things(RECORD)
    )


def _certificate(facts: Facts) -> dict[str, Any]:
    domain = facts.inputs.get("domainName", "")
    # By the domain and the account alone: asked twice, ACM wants the same record.
    mark = replace(facts, id=domain).token(32)
    option = {
        "domainName": domain,
        "resourceRecordName": f"_{mark}.{domain}.",
        "resourceRecordType": "CNAME",
        "resourceRecordValue": f"_{mark[::-1]}.acm-validations.aws.",
    }
    return {"arn": facts.id, "status": "PENDING_VALIDATION", "domainValidationOptions": [option]}


ROWS: Mapping[str, Row] = {
    CERTIFICATE: Row(
        id=lambda facts: arn("acm", f"certificate/{key_id(facts)}")(facts),
        outputs=_certificate,
        api=("acm:RequestCertificate",),
        rules=(certifiable,),
        replaces=frozenset({"validationMethod"}),
    ),
    RECORD: Row(
        id=lambda facts: "_".join(facts.inputs[name] for name in ("zoneId", "name", "type")),
        # A preview asks too, and may not know the name.
        outputs=lambda facts: {"fqdn": str(facts.inputs["name"]).removesuffix(".")},
        api=("route53:ChangeResourceRecordSets",),
        renames={
            "zoneId": "HostedZoneId",
            **{
                own: f"ChangeBatch.Changes.ResourceRecordSet.{theirs}"
                for own, theirs in {
                    "name": "Name",
                    "type": "Type",
                    "ttl": "TTL",
                    "records": "ResourceRecords.Value",
                    "aliases": "AliasTarget",
                }.items()
            },
            "aliases/name": "DNSName",
            "aliases/zoneId": "HostedZoneId",
        },
        unique=("zoneId", "name", "type"),
        rules=(in_a_zone, one_kind_of_value),
        conflicts=(has_a_value, cname_alone),
        replaces=frozenset({"name"}),
    ),
    ISSUED: Row(
        # A waiting, and nothing that AWS would know of. The provider's id is the time of issue, which two may share here.
        id=lambda facts: facts.inputs["certificateArn"],
        again=True,
        ruled=frozenset({"validationRecordFqdns"}),
        refers=(Reference(path="certificateArn", tokens=(CERTIFICATE,), output="arn", holds=False),),
        conflicts=(proven,),
        replaces=frozenset({"certificateArn", "validationRecordFqdns"}),
    ),
}
