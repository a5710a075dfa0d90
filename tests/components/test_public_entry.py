"""A stack that everybody may call: a certificate before the door, a name after it, and no way in without TLS."""

import json
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest

from components.platforms.settings import StackSettings
from components.validation import InvalidInput
from tests.components import recording, stacks
from tests.components.recording import Engine
from tests.doubles.clusters import attachment

pytestmark = pytest.mark.stack

SCHEMA = json.loads((Path(__file__).parents[2] / "components" / "outputs.schema.json").read_text())

MORE = {
    "aws": {
        "aws:acm/certificate:Certificate": 1,
        "aws:acm/certificateValidation:CertificateValidation": 1,
        "aws:route53/record:Record": 2,
        "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute": 1,
        "tradewind:domain:AwsDomain": 1,
    },
    "gcp": {
        "gcp:certificatemanager/certificate:Certificate": 1,
        "gcp:certificatemanager/certificateMap:CertificateMap": 1,
        "gcp:certificatemanager/certificateMapEntry:CertificateMapEntry": 1,
        "gcp:certificatemanager/dnsAuthorization:DnsAuthorization": 1,
        "gcp:compute/firewall:Firewall": 1,
        "gcp:compute/globalAddress:GlobalAddress": 1,
        "gcp:compute/sSLPolicy:SSLPolicy": 1,
        "gcp:dns/recordSet:RecordSet": 2,
        "gcp:projects/service:Service": 2,
        "kubernetes:gateway.networking.k8s.io/v1:Gateway": 1,
        "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute": 2,
        "kubernetes:networking.gke.io/v1:GCPBackendPolicy": 1,
        "kubernetes:networking.gke.io/v1:GCPGatewayPolicy": 1,
        "kubernetes:networking.gke.io/v1:HealthCheckPolicy": 1,
        "tradewind:domain:GcpCertificate": 1,
        "tradewind:domain:GcpDomain": 1,
    },
}
"""Beside what the internal stack has."""


@pytest.fixture(scope="module", params=MORE)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def stack(kind: str) -> Engine:
    return stacks.public(kind)


def test_its_url_is_the_domains_in_both_outputs(stack: Engine):
    jsonschema.validate(stack.outputs, SCHEMA)
    assert stack.outputs["platform"]["entry"] == "https://ai.example.com"
    assert stack.outputs["services"]["embedder"]["url"] == "https://ai.example.com/embedder"


def test_it_has_this_beside_what_the_internal_one_has(stack: Engine, kind: str):
    internal = Counter(stacks.plain(kind, f"{kind}-dev").counts())
    assert Counter(stack.counts()) - internal == MORE[kind]
    assert not internal - Counter(stack.counts())


def test_the_listener_without_tls_lets_no_service_in_and_that_of_services_no_redirect():
    stack = stacks.public("aws")
    entry = stack.object("Gateway", "entry")
    # As much of a cluster as the rules of attachment ask for.
    stage: Any = SimpleNamespace(
        find=lambda *place: {"metadata": {"labels": {"kubernetes.io/metadata.name": place[-1]}}}
    )
    let_in = {
        listener["port"]: [
            route["metadata"]["name"]
            for route in stack.objects()
            if route["kind"] == "HTTPRoute" and attachment.admits(stage, entry, listener, route)
        ]
        for listener in entry["spec"]["listeners"]
    }
    assert let_in == {8080: ["embedder"], 8081: ["entry-models"]}


REDIRECT = {"aws": "entry-models", "gcp": "entry-models-redirect"}


def test_what_comes_without_tls_is_sent_to_the_one_host(stack: Engine, kind: str):
    [rule] = stack.object("HTTPRoute", REDIRECT[kind])["spec"]["rules"]
    [away] = rule["filters"]
    assert away["requestRedirect"] == {"scheme": "https", "hostname": "ai.example.com", "statusCode": 301}
    assert "backendRefs" not in rule


LOAD_BALANCER = "service.beta.kubernetes.io/aws-load-balancer"


def test_the_balancer_of_aws_ends_tls_with_the_issued_certificate_in_public_subnets():
    stack = stacks.public("aws")
    service = stack.object("Service", "entry-models-public")
    assert service["metadata"]["annotations"] == {
        f"{LOAD_BALANCER}-scheme": "internet-facing",
        f"{LOAD_BALANCER}-nlb-target-type": "ip",
        f"{LOAD_BALANCER}-ssl-cert": stack.one("domain-issued")["certificateArn"],
        f"{LOAD_BALANCER}-ssl-ports": "443",
        f"{LOAD_BALANCER}-ssl-negotiation-policy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
    }
    ports = {each["port"]: each["targetPort"] for each in service["spec"]["ports"]}
    listeners = {each["name"]: each["port"] for each in stack.object("Gateway", "entry")["spec"]["listeners"]}
    assert ports == {443: listeners["http"], 80: listeners["redirect"]}


def test_the_name_on_aws_is_an_alias_of_the_balancer():
    [alias] = stacks.public("aws").one("domain-alias")["aliases"]
    assert alias == {"name": "entry.elb.example", "zoneId": "Z2IFOLAFXWLO4F", "evaluateTargetHealth": False}


def test_an_internal_stack_has_no_listener_but_the_services(kind: str):
    stack = stacks.plain(kind, f"{kind}-dev")
    [listener] = stack.object("Gateway", "entry")["spec"]["listeners"]
    [port] = stack.object("Service", "entry-models")["spec"]["ports"]
    assert (listener["name"], port["port"]) == ("http", 80)
    assert stack.outputs["platform"]["entry"].startswith("http://")


def test_a_zone_that_is_not_there_is_refused_before_anything_is_made(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(recording.LOOKUPS, "aws:route53/getZone:getZone", None)
    with pytest.raises(InvalidInput, match=r"stacks/Pulumi\.aws-dev\.yaml: dns_zone must be the name of one public "):
        stacks.deployed("aws", "aws-dev", **stacks.PUBLIC)


@pytest.mark.parametrize(
    ("host", "zone"),
    [
        ("example.com", "example.com"),
        ("api.ml.example.com", "ml.example.com"),
        ("xn--bcher-kva.example.com", "example.com"),
        ("0.example.com", "example.com"),
    ],
)
def test_a_zones_own_name_and_one_far_below_it_are_fine(host: str, zone: str):
    from components.platforms.aws import AwsSettings

    written = {**stacks.WRITTEN["aws"], "public_access": "true", "domain": host, "dns_zone": zone}
    assert StackSettings(stack="aws-dev", written=written).read_as(AwsSettings).domain == host


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"public_access": "perhaps"}, "public_access must be a valid boolean, got 'perhaps'"),
        ({"dns_zone": "com"}, "dns_zone must be a DNS name of two labels or more"),
        ({"dns_zone": "example.com."}, "dns_zone must be a DNS name of two labels or more"),
        ({"domain": "https://ai.example.com"}, "domain must be a DNS name of two labels or more"),
        ({"domain": "*.example.com"}, "domain must be a DNS name of two labels or more"),
        ({"domain": "AI.example.com"}, "domain must be a DNS name of two labels or more"),
        ({"domain": "-ai.example.com"}, "domain must be a DNS name of two labels or more"),
        ({"domain": "not-example.com"}, "domain must be example.com or end in .example.com, the dns_zone"),
        ({"domain": "com"}, "domain must be a DNS name of two labels or more"),
    ],
)
def test_a_spoiled_name_is_refused(written: dict[str, str], said: str):
    from components.platforms.aws import AwsSettings

    with pytest.raises(InvalidInput) as refused:
        StackSettings(stack="aws-dev", written=stacks.WRITTEN["aws"] | stacks.PUBLIC | written).read_as(AwsSettings)
    [line] = str(refused.value).splitlines()
    assert line.startswith(f"stacks/Pulumi.aws-dev.yaml: {said}") and "To fix: " in line


@pytest.mark.parametrize("key", stacks.PUBLIC)
def test_on_one_machine_the_keys_are_unknown(key: str):
    from components.platforms.local import LocalSettings

    with pytest.raises(InvalidInput, match=rf"^stacks/Pulumi\.lab\.yaml: {key} is not a known key"):
        StackSettings(stack="lab", written={key: stacks.PUBLIC[key]}).read_as(LocalSettings)
