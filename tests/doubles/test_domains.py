"""Certificates and names in public zones, asked one call at a time: what a cloud would refuse, or wait for in vain."""

from pathlib import Path
from typing import Any

import pytest

from provider.protocol import UNKNOWN, Values
from tests.components.born_on_gcp import PROJECT
from tests.components.recording import ACCOUNT
from tests.doubles import aws, gcp
from tests.doubles.aws.domains import CERTIFICATE, ISSUED, RECORD, ZONES
from tests.doubles.cloud import Cloud
from tests.doubles.double import Double
from tests.doubles.faults import CloudError
from tests.doubles.gcp import domains as google
from tests.doubles.gcp.formats import SERVICE
from tests.doubles.in_process import asked

ALIAS = {"name": "entry.elb.example", "zoneId": "Z2IFOLAFXWLO4F", "evaluateTargetHealth": False}


@pytest.fixture
def double(tmp_path: Path) -> Double:
    double = aws.double(Cloud(tmp_path / "aws.sqlite"))
    double.configure(Values({"region": "eu-west-1", "allowedAccountIds": [ACCOUNT]}))
    return double


def made(double: Double, token: str, inputs: dict[str, Any], name: str = "it") -> dict[str, Any]:
    return double.create(asked(token, name, inputs)).state.plain


def a_certificate(double: Double, domain: str) -> dict[str, Any]:
    return made(double, CERTIFICATE, {"domainName": domain, "validationMethod": "DNS"})


def proof(certificate: dict[str, Any], zone: str) -> dict[str, Any]:
    [option] = certificate["domainValidationOptions"]
    name, value = option["resourceRecordName"].removesuffix("."), option["resourceRecordValue"]
    return {"zoneId": ZONES[zone], "name": name, "type": "CNAME", "records": [value], "ttl": 300}


def issue(double: Double, certificate: dict[str, Any]) -> None:
    made(double, ISSUED, {"certificateArn": certificate["arn"]})


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"zoneId": "Z404"}, "zoneId NoSuchHostedZone: no hosted zone found with ID: Z404"),
        ({"name": "ai.example.org"}, "name InvalidChangeBatch: RRSet with DNS name ai.example.org. is not permitted"),
        ({"name": "notexample.com"}, "name InvalidChangeBatch: RRSet with DNS name notexample.com. is not permitted"),
        ({"type": "ALIAS"}, "type must be one of SOA, A, "),
        ({"ttl": 60}, "aliases InvalidInput: an alias has neither records nor a TTL"),
        ({"name": "example.com", "type": "CNAME"}, "name InvalidChangeBatch: RRSet of type CNAME is not permitted at apex"),
    ],
)  # fmt: skip
def test_a_record_of_route_53_is_refused(double: Double, inputs: dict[str, Any], said: str):
    good = {"zoneId": ZONES["example.com"], "name": "ai.example.com", "type": "A", "aliases": [ALIAS]}
    assert not double.check(asked(RECORD, "it", good)).failures
    told = [f"{path} {why}" for path, why in double.check(asked(RECORD, "it", good | inputs)).failures]
    assert any(each.startswith(said) for each in told), told


def test_a_record_without_a_value_is_refused_when_it_is_made(double: Double):
    with pytest.raises(CloudError, match="a record that is no alias needs values and a TTL"):
        made(double, RECORD, {"zoneId": ZONES["example.com"], "name": "ai.example.com", "type": "A"})


def test_a_certificate_is_issued_once_its_record_is_there(double: Double):
    certificate = a_certificate(double, "ai.example.com")
    with pytest.raises(CloudError, match=r"timeout while waiting for arn:aws:acm:.* to be issued: PENDING_VALIDATION"):
        issue(double, certificate)
    made(double, RECORD, proof(certificate, "example.com"))
    issue(double, certificate)


def test_a_preview_takes_what_is_not_known_yet(double: Double):
    """As of a certificate that is yet to be asked for."""
    inputs = {"zoneId": ZONES["example.com"], "type": "CNAME", "ttl": 300, "name": UNKNOWN, "records": [UNKNOWN]}
    resource = asked(RECORD, "it", inputs, preview=True)
    assert not double.check(resource).failures
    assert double.create(resource).state.plain["fqdn"] is UNKNOWN


def test_a_record_of_another_value_proves_nothing(double: Double):
    certificate = a_certificate(double, "ai.example.com")
    made(double, RECORD, proof(certificate, "example.com") | {"records": ["_other.acm-validations.aws."]})
    with pytest.raises(CloudError, match="PENDING_VALIDATION"):
        issue(double, certificate)


def test_a_record_above_the_zone_that_was_delegated_to_is_seen_by_nobody(double: Double):
    certificate = a_certificate(double, "ai.ml.example.com")
    made(double, RECORD, proof(certificate, "example.com"))
    with pytest.raises(CloudError, match="PENDING_VALIDATION"):
        issue(double, certificate)
    made(double, RECORD, proof(certificate, "ml.example.com"), "nearer")
    issue(double, certificate)


def test_the_same_domain_is_proven_by_the_same_record(double: Double):
    first, second = (a_certificate(double, "ai.example.com") for _ in range(2))
    assert first["arn"] != second["arn"] and proof(first, "example.com") == proof(second, "example.com")


@pytest.mark.parametrize("arguments", [{"name": "example.org"}, {"name": "example.com", "privateZone": True}])
def test_a_zone_that_is_not_there_is_not_found(double: Double, arguments: dict[str, Any]):
    with pytest.raises(CloudError, match="no matching Route 53 Hosted Zone found"):
        double.invoke("aws:route53/getZone:getZone", Values(arguments))


@pytest.fixture
def google_double(tmp_path: Path) -> Double:
    double = gcp.double(Cloud(tmp_path / "gcp.sqlite"))
    double.configure(Values({"region": "europe-west1", "project": PROJECT}))
    for api in ("compute", "certificatemanager", "dns"):
        made(double, SERVICE, {"project": PROJECT, "service": f"{api}.googleapis.com"}, api)
    return double


GOOGLE = {
    google.AUTHORIZATION: {"name": "ai", "domain": "ai.example.com", "type": "PER_PROJECT_RECORD"},
    google.CERTIFICATE: {"name": "ai", "managed": {"domains": ["ai.example.com"]}},
    google.ENTRY: {"name": "ai", "map": "shelf", "hostname": "ai.example.com", "certificates": []},
    google.RECORD: {"managedZone": "example-com", "name": "ai.example.com.", "type": "A", "rrdatas": ["203.0.113.80"]},
    google.TLS: {"name": "tls", "minTlsVersion": "TLS_1_2", "profile": "MODERN"},
}
"""Each as it is taken."""


@pytest.mark.parametrize(
    ("token", "inputs", "said"),
    [
        (google.AUTHORIZATION, {"domain": "*.example.com"}, "domain INVALID_ARGUMENT: one of a domain covers its wildcard"),
        (google.AUTHORIZATION, {"domain": "example"}, "domain INVALID_ARGUMENT: must be a fully qualified domain name"),
        (google.AUTHORIZATION, {"type": "ANY"}, "type must be one of TYPE_UNSPECIFIED, FIXED_RECORD"),
        (google.CERTIFICATE, {"managed": {"domains": ["a" * 60 + ".example.com"]}}, "managed/domains INVALID_ARGUMENT"),
        (google.ENTRY, {"hostname": "ai.example.com."}, "hostname INVALID_ARGUMENT: must be a fully qualified"),
        (google.RECORD, {"managedZone": "none"}, "managedZone notFound"),
        (google.RECORD, {"name": "ai.example.com"}, "name invalid: 'ai.example.com' is no name in the zone example.com."),
        (google.RECORD, {"name": "ai.example.org."}, "name invalid: 'ai.example.org.' is no name in the zone"),
        (google.RECORD, {"name": "example.com.", "type": "CNAME"}, "name cnameResourceRecordSetConflict"),
        (google.TLS, {"minTlsVersion": "SSL_3"}, "minTlsVersion must be one of TLS_1_0"),
        (google.TLS, {"minTlsVersion": "TLS_1_3"}, "minTlsVersion INVALID_ARGUMENT: TLS_1_3 needs the profile RESTRICTED"),
    ],
)  # fmt: skip
def test_what_google_refuses(google_double: Double, token: str, inputs: dict[str, Any], said: str):
    assert not google_double.check(asked(token, "it", {"project": PROJECT} | GOOGLE[token])).failures
    told = google_double.check(asked(token, "it", {"project": PROJECT} | GOOGLE[token] | inputs)).failures
    assert any(f"{path} {why}".startswith(said) for path, why in told), told


def state_of(double: Double, certificate: str) -> str:
    answer = double.invoke("gcp:certificatemanager/getCertificates:getCertificates", Values())
    [managed] = [each["manageds"][0]["state"] for each in answer["certificates"] if each["name"] == certificate]
    return managed


def test_google_issues_once_the_record_is_in_the_zone_that_the_world_asks(google_double: Double):
    domain = {"name": "ai", "project": PROJECT, "domain": "ai.ml.example.com", "type": "PER_PROJECT_RECORD"}
    authorization = made(google_double, google.AUTHORIZATION, domain)
    [record] = authorization["dnsResourceRecords"]
    managed = {
        "domains": ["ai.ml.example.com"],
        "dnsAuthorizations": [f"projects/{PROJECT}/locations/global/dnsAuthorizations/ai"],
    }
    certificate = google_double.create(
        asked(google.CERTIFICATE, "it", {"name": "ai", "project": PROJECT, "managed": managed})
    ).id
    assert state_of(google_double, certificate) == "PROVISIONING"
    proof = {"project": PROJECT, "name": record["name"], "type": "CNAME", "rrdatas": [record["data"]], "ttl": 300}
    made(google_double, google.RECORD, proof | {"managedZone": "example-com"}, "above")
    assert state_of(google_double, certificate) == "PROVISIONING"
    made(google_double, google.RECORD, proof | {"managedZone": "ml-example-com"}, "nearest")
    assert state_of(google_double, certificate) == "ACTIVE"


def test_a_domain_without_an_authorization_of_its_own_is_refused(google_double: Double):
    made(google_double, google.AUTHORIZATION, {"project": PROJECT} | GOOGLE[google.AUTHORIZATION])
    managed = {
        "domains": ["other.example.com"],
        "dnsAuthorizations": [f"projects/{PROJECT}/locations/global/dnsAuthorizations/ai"],
    }
    with pytest.raises(CloudError, match=r"no DNS authorization is of 'other\.example\.com'"):
        made(google_double, google.CERTIFICATE, {"name": "other", "project": PROJECT, "managed": managed})


def test_an_entry_of_a_map_that_is_not_there_is_refused(google_double: Double):
    with pytest.raises(CloudError, match="map names the CertificateMap 'shelf', which does not exist"):
        made(google_double, google.ENTRY, {"project": PROJECT} | GOOGLE[google.ENTRY])


def test_zones_are_not_told_before_the_api_is_on(tmp_path: Path):
    double = gcp.double(Cloud(tmp_path / "gcp.sqlite"))
    double.configure(Values({"region": "europe-west1", "project": PROJECT}))
    with pytest.raises(CloudError, match=r"Cloud DNS API has not been used in project .*SERVICE_DISABLED"):
        double.invoke("gcp:dns/getManagedZones:getManagedZones", Values({"project": PROJECT}))


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        (google.RECORD, {"managedZone": UNKNOWN, "name": UNKNOWN, "type": UNKNOWN, "rrdatas": [UNKNOWN], "ttl": 300}),
        (
            google.CERTIFICATE,
            {"name": "ai", "managed": {"domains": ["ai.example.com"], "dnsAuthorizations": [UNKNOWN]}},
        ),
        (google.ENTRY, {"name": "ai", "map": UNKNOWN, "hostname": "ai.example.com", "certificates": [UNKNOWN]}),
    ],
)
def test_a_preview_of_google_takes_what_is_not_known_yet(google_double: Double, token: str, inputs: dict[str, Any]):
    resource = asked(token, "it", {"project": PROJECT} | inputs, preview=True)
    assert not google_double.check(resource).failures
    google_double.create(resource)
