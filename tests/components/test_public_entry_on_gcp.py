"""Google's proxies before Envoy: what they are told, what they may reach, and a certificate that is waited for."""

from typing import Any

import pytest

from components.validation import InvalidInput
from tests.components import born_on_gcp, recording, stacks
from tests.components.recording import Engine

pytestmark = pytest.mark.stack

FRONT = ("envoy-gateway-system", "entry-models")


@pytest.fixture(scope="module")
def stack() -> Engine:
    return stacks.public("gcp")


def beside(stack: Engine, kind: str) -> dict[str, Any]:
    """The one of its kind that is called like the entry's Service."""
    [found] = [
        each
        for each in stack.objects()
        if each["kind"] == kind and (each["metadata"]["namespace"], each["metadata"]["name"]) == FRONT
    ]
    return found


def test_the_proxies_speak_tls_1_2_or_newer_with_the_domains_certificate(stack: Engine):
    gateway = beside(stack, "Gateway")
    assert gateway["spec"]["gatewayClassName"] == "gke-l7-global-external-managed"
    assert (
        gateway["metadata"]["annotations"]["networking.gke.io/certmap"] == stack.one("domain-certificate-map")["name"]
    )
    policy = beside(stack, "GCPGatewayPolicy")["spec"]
    assert policy["targetRef"]["name"] == gateway["metadata"]["name"]
    assert policy["default"]["sslPolicy"] == stack.one("domain-tls")["name"]
    assert (stack.one("domain-tls")["minTlsVersion"], stack.one("domain-tls")["profile"]) == ("TLS_1_2", "MODERN")
    assert stack.one("domain-certificate-map-entry")["hostname"] == "ai.example.com"


def test_only_https_for_the_host_reaches_the_envoys(stack: Engine):
    listeners = {
        each["name"]: (each["protocol"], each["port"]) for each in beside(stack, "Gateway")["spec"]["listeners"]
    }
    assert listeners == {"https": ("HTTPS", 443), "http": ("HTTP", 80)}
    there = [
        each for each in stack.objects() if each["kind"] == "HTTPRoute" and each["metadata"]["namespace"] == FRONT[0]
    ]
    to = {
        (parent["sectionName"], bool(rule.get("backendRefs")))
        for each in there
        for parent in each["spec"]["parentRefs"]
        for rule in each["spec"]["rules"]
    }
    assert to == {("https", True), ("http", False)}
    assert beside(stack, "HTTPRoute")["spec"]["hostnames"] == ["ai.example.com"]


def test_the_proxies_reach_the_envoys_where_these_listen_and_say_how_they_are(stack: Engine):
    rule = stack.one("domain-proxies")
    assert set(rule["sourceRanges"]) == {"35.191.0.0/16", "130.211.0.0/22"}
    [service] = beside(stack, "Service")["spec"]["ports"]
    check = beside(stack, "HealthCheckPolicy")["spec"]["default"]["config"]["httpHealthCheck"]
    [allowed] = rule["allows"]
    assert allowed == {"protocol": "tcp", "ports": [f"{service['targetPort']:g}", f"{check['port']:g}"]}


def test_the_envoys_are_reached_by_nobody_else(stack: Engine):
    assert beside(stack, "Service")["spec"]["type"] == "ClusterIP"


def test_the_longest_request_is_ended_by_envoy_and_not_by_the_proxies(stack: Engine):
    from components.card import Slo

    [longest] = [each.le for each in Slo.model_fields["timeout_s"].metadata if hasattr(each, "le")]
    assert beside(stack, "GCPBackendPolicy")["spec"]["default"]["timeoutSec"] > longest


def test_google_serves_its_gateways_only_where_the_entry_is_public(stack: Engine):
    assert stack.one("cluster-gke")["gatewayApiConfig"] == {"channel": "CHANNEL_STANDARD"}
    internal = stacks.plain("gcp", "gcp-dev")
    assert internal.one("cluster-gke")["gatewayApiConfig"] == {"channel": "CHANNEL_DISABLED"}
    apis = {each.name for each in stack.made} - {each.name for each in internal.made}
    assert {"apis-certificatemanager", "apis-dns"} < apis


def test_two_hosts_give_two_names():
    other = stacks.deployed("gcp", "gcp-dev", **stacks.PUBLIC | {"domain": "a-i.example.com"})
    third = stacks.deployed("gcp", "gcp-dev", **stacks.PUBLIC | {"domain": "a.i.example.com"})
    names = [each.one("domain-certificate-issue")["name"] for each in (other, third)]
    assert len(set(names)) == 2


@pytest.mark.parametrize(
    ("zones", "said"),
    [
        ([("private", "example.com.", "private")], "and none is called so, got 'example.com'"),
        ([("a", "example.com.", "public"), ("b", "example.com.", "public")], "and 2 are called so, got 'example.com'"),
    ],
)
def test_a_zone_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch, zones: list[Any], said: str):
    found = [dict(zip(("name", "dnsName", "visibility"), each, strict=True)) for each in zones]
    monkeypatch.setitem(
        recording.LOOKUPS, "gcp:dns/getManagedZones:getManagedZones", {"managedZones": found, "id": "p"}
    )
    with pytest.raises(InvalidInput, match=rf"stacks/Pulumi\.gcp-dev\.yaml: dns_zone must be the name .* {said}"):
        stacks.deployed("gcp", "gcp-dev", **stacks.PUBLIC)


CERTIFICATES = "gcp:certificatemanager/getCertificates:getCertificates"


def told(*states: str) -> list[dict[str, Any]]:
    """Answers, one after the other."""
    [certificate] = (born_on_gcp.LOOKUPS[CERTIFICATES] or {})["certificates"]
    attempt = {"domain": "ai.example.com", "state": "FAILED", "failureReason": "CONFIG", "details": "no such record"}
    return [
        {
            "id": "p",
            "certificates": [
                {
                    "name": certificate["name"],
                    "manageds": [{"state": state, "provisioningIssues": [], "authorizationAttemptInfos": [attempt]}],
                }
            ],
        }
        for state in states
    ]


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch):
    """Google's, to each time that it is asked for the certificate."""
    import components.domain.gcp_certificate as module

    monkeypatch.setattr(module, "BETWEEN_S", 0.01)
    waiting: list[dict[str, Any]] = []
    before = Engine.call

    def call(self: Engine, args: Any) -> dict[str, Any]:
        return waiting.pop(0) if args.token == CERTIFICATES else before(self, args)

    monkeypatch.setattr(Engine, "call", call)
    return waiting


def test_the_url_is_known_once_the_certificate_is_issued(answers: list[dict[str, Any]]):
    answers += told("PROVISIONING", "PROVISIONING", "ACTIVE")
    stack = stacks.deployed("gcp", "gcp-dev", **stacks.PUBLIC)
    assert answers == [] and stack.outputs["platform"]["entry"] == "https://ai.example.com"


def test_a_certificate_that_cannot_be_issued_is_named_with_what_is_in_the_way(answers: list[dict[str, Any]]):
    answers += told("PROVISIONING", "FAILED")
    with pytest.raises(
        RuntimeError, match=r"certificate of ai\.example\.com is FAILED, .* \(no such record\)\. To fix: "
    ):
        stacks.deployed("gcp", "gcp-dev", **stacks.PUBLIC)


def test_a_certificate_is_not_waited_for_for_ever(answers: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("components.domain.gcp_certificate.LONGEST_S", 0.02)
    answers += told(*["PROVISIONING"] * 100)
    with pytest.raises(RuntimeError, match="is PROVISIONING, and was not issued"):
        stacks.deployed("gcp", "gcp-dev", **stacks.PUBLIC)
