"""Services of type LoadBalancer: an address, or an event that says why there is none."""

import hashlib
import ipaddress
from collections.abc import Callable, Iterator
from typing import Any

from airgap.kubernetes_provider.cluster import Object
from tests.doubles.aws import domains, ec2
from tests.doubles.clusters.stage import Stage
from tests.doubles.gcp import compute, platform

EKS_CLASS = "eks.amazonaws.com/nlb"
EKS = "service.beta.kubernetes.io/"
SCHEMES = {"internal": "kubernetes.io/role/internal-elb", "internet-facing": "kubernetes.io/role/elb"}
"""With the tag of the subnets that each stands in: https://docs.aws.amazon.com/eks/latest/userguide/tag-subnets-auto.html"""
TARGETS = ("ip", "instance")
TLS_POLICIES = (
    *("ELBSecurityPolicy-2016-08", "ELBSecurityPolicy-TLS-1-2-2017-01", "ELBSecurityPolicy-TLS-1-2-Ext-2018-06"),
    *(
        "ELBSecurityPolicy-TLS13-1-2-2021-06",
        "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
        "ELBSecurityPolicy-TLS13-1-3-2021-06",
    ),
)
"""Some of https://docs.aws.amazon.com/elasticloadbalancing/latest/network/describe-ssl-policies.html"""
NOT_IN_AUTO_MODE = ("load-balancer-source-ranges", "aws-load-balancer-type", "aws-load-balancer-internal")
"""https://docs.aws.amazon.com/eks/latest/userguide/auto-configure-nlb.html"""

GKE_TYPE = "networking.gke.io/load-balancer-type"
FIRST_HOST = 10
"""Nodes take the first addresses of a subnet here."""
PUBLIC = ipaddress.IPv4Network("203.0.113.0/24")
"""Kept for examples (RFC 5737): no address of anybody."""


class Refused(Exception):
    """(reason, message) of the event."""


def services(stage: Stage, opened: Callable[[Stage, Object], dict[str, str]]) -> None:
    """Each has its address for good once it has one."""
    for service in stage.all("v1", "Service"):
        if service["spec"].get("type") != "LoadBalancer" or addresses(service):
            continue
        try:
            stage.report(service, {"loadBalancer": {"ingress": [opened(stage, service)]}})
        except Refused as why:
            stage.warn(service, *why.args)


def of_eks(stage: Stage, service: Object) -> dict[str, str]:
    """A Network Load Balancer of Auto Mode; of its class by name, since another controller could take it otherwise."""
    given = service["metadata"].get("annotations") or {}
    if (wanted := service["spec"].get("loadBalancerClass")) != EKS_CLASS:
        raise Refused("NoController", f"loadBalancerClass must be {EKS_CLASS}, got {wanted}")
    for name in NOT_IN_AUTO_MODE:
        if EKS + name in given:
            raise Refused("FailedBuildModel", f"EKS Auto Mode does not support the annotation {EKS}{name}")
    scheme = given.get(f"{EKS}aws-load-balancer-scheme", "internal")
    if scheme not in SCHEMES:
        raise Refused("FailedBuildModel", f"unknown scheme: {scheme}")
    target = given.get(f"{EKS}aws-load-balancer-nlb-target-type", "ip")
    if target not in TARGETS:
        raise Refused("FailedBuildModel", f"unsupported target type {target!r} for NLB")
    if not any(SCHEMES[scheme] in (each.inputs.get("tags") or {}) for each in stage.where.store.things(ec2.SUBNET)):
        message = f"unable to resolve at least one subnet: none is tagged {SCHEMES[scheme]}"
        raise Refused("FailedBuildModel", message)
    _require_tls(stage, service, given)
    metadata = service["metadata"]
    mark = hashlib.sha256(metadata["uid"].encode()).hexdigest()
    name = f"k8s-{_short(metadata['namespace'])}-{_short(metadata['name'])}-{mark[:10]}-{mark[10:26]}"
    return {"hostname": f"{name}.elb.{stage.where.region}.amazonaws.com"}


def _require_tls(stage: Stage, service: Object, given: dict[str, str]) -> None:
    """What the balancer is asked to do with TLS, it can: https://docs.aws.amazon.com/eks/latest/userguide/auto-configure-nlb.html"""
    certificate = given.get(f"{EKS}aws-load-balancer-ssl-cert")
    ports = given.get(f"{EKS}aws-load-balancer-ssl-ports", "")
    policy = given.get(f"{EKS}aws-load-balancer-ssl-negotiation-policy", TLS_POLICIES[0])
    if certificate is None:
        if ports or f"{EKS}aws-load-balancer-ssl-negotiation-policy" in given:
            # The controller itself forgets both, and serves without TLS.
            raise Refused("FailedBuildModel", f"{EKS}aws-load-balancer-ssl-ports without a certificate means nothing")
        return
    known = {each["name"] for each in service["spec"]["ports"]} | {
        str(each["port"]) for each in service["spec"]["ports"]
    }
    if unknown := {each.strip() for each in ports.split(",") if each} - known:
        raise Refused("FailedBuildModel", f"no port of the Service is called {', '.join(sorted(unknown))}")
    if policy not in TLS_POLICIES:
        raise Refused("FailedDeployModel", f"SSLPolicyNotFound: SSL policy {policy!r} not found")
    found = stage.where.store.get(domains.CERTIFICATE, certificate)
    if found is None:
        raise Refused("FailedDeployModel", f"CertificateNotFound: Certificate ARN {certificate!r} is not valid")
    if not domains.is_issued(stage.where.store, found):
        raise Refused("FailedDeployModel", f"UnsupportedCertificate: the certificate {certificate!r} is not issued")


def of_gke(stage: Stage, service: Object) -> dict[str, str]:
    """A passthrough Network Load Balancer: inside the cluster's subnet, or for everybody where nothing is said."""
    if wanted := service["spec"].get("loadBalancerClass"):
        raise Refused("NoController", f"no controller of this cluster serves the loadBalancerClass {wanted}")
    kind = (service["metadata"].get("annotations") or {}).get(GKE_TYPE)
    if kind not in (None, "Internal"):
        # GKE itself takes any other word for a public one, which is the last thing that its author meant.
        raise Refused("UnknownType", f"{GKE_TYPE} must be Internal, or absent for a public address, got {kind!r}")
    return {"ip": _free(stage, _cluster_subnet(stage) if kind else PUBLIC)}


def addresses(service: Object) -> list[dict[str, Any]]:
    return ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []


def _short(text: str) -> str:
    return "".join(letter for letter in text if letter.isalnum())[:8]


def _cluster_subnet(stage: Stage) -> ipaddress.IPv4Network:
    found = stage.where.itself(platform.CLUSTER)
    subnet = stage.where.store.get(compute.SUBNET, found.inputs["subnetwork"]) if found else None
    if subnet is None:
        raise Refused("SyncLoadBalancerFailed", "the cluster's subnetwork does not exist")
    return ipaddress.IPv4Network(subnet.inputs["ipCidrRange"])


def _free(stage: Stage, network: ipaddress.IPv4Network) -> str:
    taken = {each.get("ip") for service in stage.all("v1", "Service") for each in addresses(service)}
    free: Iterator[str] = (str(network[index]) for index in range(FIRST_HOST, network.num_addresses - 1))
    found = next((each for each in free if each not in taken), None)
    if found is None:
        raise Refused("SyncLoadBalancerFailed", f"IP_SPACE_EXHAUSTED: no address is free in {network}")
    return found
