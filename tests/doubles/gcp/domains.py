"""Rows of Certificate Manager and Cloud DNS, and of what stands before a cluster: an address, a TLS policy."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tests.doubles.cloud import Cloud, Thing
from tests.doubles.gcp.compute import ON, name_allowed
from tests.doubles.gcp.formats import api_is_on, link, path, require_on
from tests.doubles.rows import Facts, Reference, Row

AUTHORIZATION = "gcp:certificatemanager/dnsAuthorization:DnsAuthorization"
CERTIFICATE = "gcp:certificatemanager/certificate:Certificate"
MAP = "gcp:certificatemanager/certificateMap:CertificateMap"
ENTRY = "gcp:certificatemanager/certificateMapEntry:CertificateMapEntry"
RECORD = "gcp:dns/recordSet:RecordSet"
ADDRESS, TLS = "gcp:compute/globalAddress:GlobalAddress", "gcp:compute/sSLPolicy:SSLPolicy"

ZONES: Mapping[str, str] = {"example-com": "example.com.", "ml-example-com": "ml.example.com."}
"""Public zones that are in the project before any stack, one delegated to from the other: DNS name by the resource's."""

HOST = re.compile(r"(\*\.)?([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z][-a-z0-9]{0,61}[a-z0-9]")

CERTIFICATES_ON, DNS_ON = api_is_on("certificatemanager"), api_is_on("dns")


def zones(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    require_on(cloud, arguments["project"], "dns", "Cloud DNS API")
    private = {"name": "example-private", "dnsName": "example.com.", "visibility": "private"}
    public = [{"name": name, "dnsName": dns, "visibility": "public"} for name, dns in ZONES.items()]
    return {"id": arguments["project"], "managedZones": [private, *public]}


def certificates(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": "certificates", "certificates": [_seen(cloud, each) for each in cloud.things(CERTIFICATE)]}


def _seen(cloud: Cloud, certificate: Thing) -> dict[str, Any]:
    missing = [each for each in certificate.inputs["managed"]["dnsAuthorizations"] if not _proven(cloud, each)]
    attempts = [
        {"domain": each, "state": "FAILED", "failureReason": "CONFIG", "details": f"no record proves {each}"}
        for each in missing
    ]
    managed = {"state": "PROVISIONING" if missing else "ACTIVE", "authorizationAttemptInfos": attempts}
    return {"name": certificate.id, "manageds": [{**managed, "provisioningIssues": []}]}


def _proven(cloud: Cloud, authorization: str) -> bool:
    """Whether its record is where the world would look for it: in the nearest zone above it."""
    asked = cloud.get(AUTHORIZATION, authorization)
    assert asked, "references were looked at before"
    [wanted] = asked.outputs["dnsResourceRecords"]
    above = [name for name, dns in ZONES.items() if wanted["name"].endswith(f".{dns}")]
    nearest = max(above, key=lambda name: len(ZONES[name]), default=None)
    return any(
        (each.inputs["managedZone"], each.inputs["name"], each.inputs["rrdatas"])
        == (nearest, wanted["name"], [wanted["data"]])
        for each in cloud.things(RECORD)
    )


def a_host(at: str):
    def rule(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
        if not HOST.fullmatch(inputs.get(at, "example.com")) or len(inputs.get(at, "")) > 253:
            yield at, f"INVALID_ARGUMENT: must be a fully qualified domain name, got {inputs[at]!r}"

    return rule


def no_wildcard(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    if inputs.get("domain", "").startswith("*."):
        yield "domain", "INVALID_ARGUMENT: one of a domain covers its wildcard, and is not made of one"


def short_enough(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """Of its first domain a certificate's common name is made."""
    for domain in inputs.get("managed", {}).get("domains", [])[:1]:
        if len(domain) > 64:
            yield "managed/domains", f"INVALID_ARGUMENT: the first domain has at most 64 characters, got {domain!r}"


def authorized(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """Each domain by an authorization of its own."""
    managed = inputs.get("managed", {})
    by = {
        found.inputs["domain"]
        for each in managed.get("dnsAuthorizations", [])
        if (found := facts.cloud.get(AUTHORIZATION, each))
    }
    for domain in managed.get("domains", []):
        if managed.get("dnsAuthorizations") and domain.removeprefix("*.") not in by:
            yield "managed/domains", f"INVALID_ARGUMENT: no DNS authorization is of {domain!r}"


def in_its_zone(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """https://cloud.google.com/dns/docs/records"""
    zone, name = inputs.get("managedZone"), inputs.get("name", "")
    if zone is not None and zone not in ZONES:
        yield "managedZone", f"notFound: The 'parameters.managedZone' resource named {zone!r} does not exist"
    elif zone and name and not f".{name}".endswith(f".{ZONES[zone]}"):
        yield "name", f"invalid: {name!r} is no name in the zone {ZONES[zone]}, or has no final dot"
    if inputs.get("type") == "CNAME" and name in ZONES.values():
        yield "name", "cnameResourceRecordSetConflict: a CNAME cannot be at the apex of a zone"


def modern_enough(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """https://cloud.google.com/load-balancing/docs/ssl-policies-concepts"""
    if inputs.get("minTlsVersion") == "TLS_1_3" and inputs.get("profile") != "RESTRICTED":
        yield "minTlsVersion", "INVALID_ARGUMENT: TLS_1_3 needs the profile RESTRICTED"


def _record(facts: Facts) -> dict[str, Any]:
    mark = facts.token(16, "abcdefghijklmnopqrstuvwxyz")
    own = f"_acme-challenge_{mark}" if facts.inputs.get("type") == "PER_PROJECT_RECORD" else "_acme-challenge"
    data = f"{facts.token(8)}.{facts.token(2, '123456789')}.authorize.certificatemanager.goog."
    return {"dnsResourceRecords": [{"name": f"{own}.{facts.inputs['domain']}.", "type": "CNAME", "data": data}]}


ROWS: Mapping[str, Row] = {
    AUTHORIZATION: Row(
        id=path("projects/{project}/locations/global/dnsAuthorizations/{name}"),
        outputs=_record,
        api=("certificatemanager:v1:DnsAuthorization",),
        unique=("project", "name"),
        rules=(name_allowed, a_host("domain"), no_wildcard),
        conflicts=(CERTIFICATES_ON,),
        replaces=frozenset({"name", "domain", "type"}),
    ),
    CERTIFICATE: Row(
        id=path("projects/{project}/locations/global/certificates/{name}"),
        outputs=lambda facts: {"sanDnsnames": facts.inputs["managed"]["domains"]},
        api=("certificatemanager:v1:Certificate",),
        refers=(Reference(path="managed/dnsAuthorizations/*", tokens=(AUTHORIZATION,)),),
        unique=("project", "name"),
        rules=(name_allowed, short_enough),
        conflicts=(CERTIFICATES_ON, authorized),
        replaces=frozenset({"name", "managed", "scope"}),
    ),
    MAP: Row(
        id=path("projects/{project}/locations/global/certificateMaps/{name}"),
        api=("certificatemanager:v1:CertificateMap",),
        unique=("project", "name"),
        rules=(name_allowed,),
        conflicts=(CERTIFICATES_ON,),
        replaces=frozenset({"name"}),
    ),
    ENTRY: Row(
        id=path("projects/{project}/locations/global/certificateMaps/{map}/certificateMapEntries/{name}"),
        outputs=lambda facts: {"state": "ACTIVE"},
        api=("certificatemanager:v1:CertificateMapEntry",),
        refers=(
            Reference(path="map", tokens=(MAP,), output="name"),
            Reference(path="certificates/*", tokens=(CERTIFICATE,)),
        ),
        unique=("project", "map", "hostname"),
        rules=(name_allowed, a_host("hostname")),
        conflicts=(CERTIFICATES_ON,),
        replaces=frozenset({"name", "map", "hostname", "matcher"}),
    ),
    RECORD: Row(
        id=path("projects/{project}/managedZones/{managedZone}/rrsets/{name}/{type}"),
        api=("dns:v1:ResourceRecordSet",),
        ruled=frozenset({"managedZone"}),
        unique=("project", "managedZone", "name", "type"),
        rules=(in_its_zone,),
        conflicts=(DNS_ON,),
        replaces=frozenset({"name", "managedZone", "project"}),
    ),
    ADDRESS: Row(
        id=path("projects/{project}/global/addresses/{name}"),
        # From a block that is kept for examples (RFC 5737): no address of anybody.
        outputs=lambda facts: {"selfLink": link(facts), "address": f"203.0.113.{int(facts.token(2), 16)}"},
        api=("compute:v1:Address",),
        unique=("project", "name"),
        rules=(name_allowed,),
        conflicts=(ON,),
        replaces=frozenset({"name", "addressType", "ipVersion"}),
    ),
    TLS: Row(
        id=path("projects/{project}/global/sslPolicies/{name}"),
        outputs=lambda facts: {"selfLink": link(facts), "enabledFeatures": ["TLS_AES_128_GCM_SHA256"]},
        api=("compute:v1:SslPolicy",),
        unique=("project", "name"),
        rules=(name_allowed, modern_enough),
        conflicts=(ON,),
        replaces=frozenset({"name", "project"}),
    ),
}
