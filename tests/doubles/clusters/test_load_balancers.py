"""Services of type LoadBalancer get the address that their cloud would give, or an event that says why not."""

import ipaddress
import re
from dataclasses import replace
from typing import Any

import pytest

from airgap.kubernetes_provider.cluster import Object
from components.cluster import aws as components_aws
from components.cluster import gcp as components_gcp
from tests.doubles.aws import ec2
from tests.doubles.cloud import Thing
from tests.doubles.clusters.conftest import CERTIFIED, UNPROVEN, certificate
from tests.doubles.clusters.played import Played
from tests.doubles.gcp import compute

pytestmark = pytest.mark.cluster

SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme"
TARGET = "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type"
TLS = "service.beta.kubernetes.io/aws-load-balancer-ssl-"
PUBLIC = {
    SCHEME: "internet-facing",
    f"{TLS}cert": certificate(CERTIFIED),
    f"{TLS}ports": "443",
    f"{TLS}negotiation-policy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
}
"""What a public entry is told, in a network with public subnets."""


def a_service(played: Played, name: str, annotations: dict[str, str], **spec: Any) -> Object:
    whole = {"type": "LoadBalancer", "ports": [{"port": 80}], **spec}
    return played.make("v1", "Service", name, metadata={"annotations": annotations}, spec=whole)


def on_eks(
    played: Played, name: str, annotations: dict[str, str] = components_aws.ENTRY_ANNOTATIONS, **spec: Any
) -> Object:
    return a_service(played, name, annotations, **{"loadBalancerClass": components_aws.LOAD_BALANCER_CLASS, **spec})


def ingress(played: Played, service: Object) -> list[dict[str, Any]]:
    return played.status(service)["loadBalancer"].get("ingress", [])


def test_eks_gives_a_host_name(aws: Played):
    service = on_eks(aws, "entry-models")
    aws.pass_()
    [one] = ingress(aws, service)
    space = aws.namespace.replace("-", "")[:8]
    assert re.fullmatch(
        rf"k8s-{space}-entrymod-[0-9a-f]{{10}}-[0-9a-f]{{16}}\.elb\.eu-west-1\.amazonaws\.com", one["hostname"]
    )
    aws.pass_()
    assert ingress(aws, service) == [one]


@pytest.mark.parametrize(
    ("name", "spoilt", "said"),
    [
        ("no-class", {"loadBalancerClass": None}, "loadBalancerClass must be eks.amazonaws.com/nlb, got None"),
        ("alb", {"loadBalancerClass": "eks.amazonaws.com/alb"}, "got eks.amazonaws.com/alb"),
        ("open", {"annotations": {SCHEME: "public"}}, "FailedBuildModel: unknown scheme: public"),
        ("nodes", {"annotations": {TARGET: "node"}}, "unsupported target type 'node' for NLB"),
        ("old", {"annotations": {"service.beta.kubernetes.io/aws-load-balancer-internal": "true"}}, "Auto Mode does not support"),
        ("facing", {"annotations": {SCHEME: "internet-facing"}}, "none is tagged kubernetes.io/role/elb"),
    ],
)  # fmt: skip
def test_eks_leaves_it_without_an_address(aws: Played, name: str, spoilt: dict[str, Any], said: str):
    service = on_eks(aws, name, **spoilt)
    aws.pass_(times=2)
    assert ingress(aws, service) == []
    [event] = aws.events(service)
    assert said in event


def test_eks_finds_subnets_by_their_tag(aws: Played):
    for each in aws.where.store.things(ec2.SUBNET):
        aws.where.store.put(replace(each, inputs={**each.inputs, "tags": {}}))
    service = on_eks(aws, "untagged")
    aws.pass_()
    assert "unable to resolve at least one subnet" in aws.events(service)[0]


def with_public_subnets(played: Played) -> None:
    inputs = {"availabilityZone": "eu-west-1a", "tags": {"kubernetes.io/role/elb": "1"}}
    played.where.store.put(Thing(token=ec2.SUBNET, id="subnet-public", inputs=inputs, outputs={}))


def test_eks_ends_tls_with_a_certificate_that_was_issued(aws: Played):
    with_public_subnets(aws)
    service = on_eks(aws, "secure", PUBLIC, ports=[{"name": "https", "port": 443}, {"name": "http", "port": 80}])
    aws.pass_()
    assert ingress(aws, service)[0]["hostname"].endswith(".elb.eu-west-1.amazonaws.com")


@pytest.mark.parametrize(
    ("name", "spoilt", "said"),
    [
        ("unknown", {f"{TLS}cert": certificate("who.example.com")}, "CertificateNotFound: Certificate ARN"),
        ("unproven", {f"{TLS}cert": certificate(UNPROVEN)}, "UnsupportedCertificate: the certificate"),
        ("uncertified", {f"{TLS}cert": None}, "without a certificate means nothing"),
        ("elsewhere", {f"{TLS}ports": "8443"}, "no port of the Service is called 8443"),
        ("policy", {f"{TLS}negotiation-policy": "TLS12"}, "SSLPolicyNotFound: SSL policy 'TLS12' not found"),
    ],
)
def test_eks_leaves_a_public_one_without_an_address(aws: Played, name: str, spoilt: dict[str, Any], said: str):
    with_public_subnets(aws)
    annotations = {key: value for key, value in {**PUBLIC, **spoilt}.items() if value}
    service = on_eks(aws, f"public-{name}", annotations, ports=[{"name": "https", "port": 443}])
    aws.pass_()
    assert ingress(aws, service) == []
    assert said in aws.events(service)[0]


def test_gke_gives_an_address_in_the_clusters_subnet(gcp: Played):
    made = [a_service(gcp, name, components_gcp.ENTRY_ANNOTATIONS) for name in ("first", "second")]
    gcp.pass_()
    found = [ingress(gcp, each)[0]["ip"] for each in made]
    assert len(set(found)) == 2
    assert all(ipaddress.IPv4Address(each) in ipaddress.IPv4Network("10.30.0.0/24") for each in found)


def test_gke_without_a_word_gives_a_public_one(gcp: Played):
    service = a_service(gcp, "public", {})
    gcp.pass_()
    assert ingress(gcp, service)[0]["ip"].startswith("203.0.113.")


@pytest.mark.parametrize(
    ("name", "annotations", "spec", "said"),
    [
        ("lower", {"networking.gke.io/load-balancer-type": "internal"}, {}, "must be Internal, or absent"),
        ("class", {}, {"loadBalancerClass": "eks.amazonaws.com/nlb"}, "no controller of this cluster serves"),
    ],
)
def test_gke_leaves_it_without_an_address(
    gcp: Played, name: str, annotations: dict[str, str], spec: dict[str, Any], said: str
):
    service = a_service(gcp, name, annotations, **spec)
    gcp.pass_()
    assert ingress(gcp, service) == []
    assert said in gcp.events(service)[0]


def test_a_subnet_that_is_full_or_gone_gives_none(gcp: Played):
    store = gcp.where.store
    [subnet] = store.things(compute.SUBNET)
    store.put(replace(subnet, inputs={"ipCidrRange": "10.31.0.0/29"}))
    service = a_service(gcp, "late", components_gcp.ENTRY_ANNOTATIONS)
    gcp.pass_()
    store.remove(compute.SUBNET, subnet.id)
    gcp.pass_()
    said = gcp.events(service)
    assert any("IP_SPACE_EXHAUSTED" in each for each in said) and any("does not exist" in each for each in said)


def test_one_that_nobody_opens_is_named_by_our_provider(aws: Played):
    spec = {"type": "LoadBalancer", "ports": [{"port": 80}], "loadBalancerClass": components_aws.LOAD_BALANCER_CLASS}
    said = aws.awaited("v1", "Service", components_aws.ENTRY_ANNOTATIONS, spec)
    assert said.endswith("waiting for a load balancer address")


def test_one_that_is_opened_is_told_by_our_provider(aws: Played):
    spec = {"type": "LoadBalancer", "ports": [{"port": 80}], "loadBalancerClass": components_aws.LOAD_BALANCER_CLASS}
    with aws.playing():
        made = aws.create("v1", "Service", components_aws.ENTRY_ANNOTATIONS, spec, timeout=20)
    assert made.state.get("status", "loadBalancer", "ingress", 0, "hostname").endswith(".elb.eu-west-1.amazonaws.com")
