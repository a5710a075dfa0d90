"""Rows of Amazon EKS."""

import base64
import ipaddress
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from tests.doubles.aws.ec2 import GROUP, SUBNET, VPC
from tests.doubles.aws.formats import LOWER, arn, given
from tests.doubles.aws.iam import ROLE
from tests.doubles.cloud import Cloud
from tests.doubles.faults import CloudError
from tests.doubles.rows import Facts, Reference, Row

CLUSTER, ADD_ON = "aws:eks/cluster:Cluster", "aws:eks/addon:Addon"
ADD_ONS = (
    *("adot", "amazon-cloudwatch-observability", "aws-ebs-csi-driver", "aws-efs-csi-driver"),
    *("aws-mountpoint-s3-csi-driver", "aws-secrets-store-csi-driver-provider", "coredns", "eks-node-monitoring-agent"),
    *("eks-pod-identity-agent", "kube-proxy", "metrics-server", "snapshot-controller", "vpc-cni"),
)
"""Some of https://docs.aws.amazon.com/eks/latest/userguide/workloads-add-ons-available-eks.html"""
VERSIONS = ("1.31", "1.32", "1.33", "1.34")
"""In standard support: https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html"""

PRIVATE = tuple(ipaddress.IPv4Network(each) for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))

OF_ROLE = Reference(path="roleArn", tokens=(ROLE,), output="arn", holds=False)


def known_version(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    if inputs.get("version", VERSIONS[0]) not in VERSIONS:
        yield "version", f"InvalidParameterException: unsupported Kubernetes version {inputs['version']!r}"


def known_add_on(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    if inputs.get("addonName", ADD_ONS[0]) not in ADD_ONS:
        yield "addonName", f"InvalidParameterException: Addon {inputs['addonName']} specified is not supported"


def add_on_version(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """One of the form that they have; which it is today, only an account knows."""
    name, kubernetes = arguments["addonName"], arguments["kubernetesVersion"]
    if name not in ADD_ONS or kubernetes not in VERSIONS:
        raise CloudError(f"InvalidParameterException: no version of {name!r} for Kubernetes {kubernetes!r}")
    return {"id": name, "version": "v2.1.1-eksbuild.1"}


def some_endpoint(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    vpc = inputs.get("vpcConfig", {})
    if vpc.get("endpointPublicAccess") is False and not vpc.get("endpointPrivateAccess"):
        yield "vpcConfig", "InvalidParameterException: private and public endpoint access cannot both be off"


def auto_mode_whole(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """Compute, block storage and load balancing of Auto Mode are on together, or off together."""
    parts = {
        "computeConfig": inputs.get("computeConfig", {}).get("enabled", False),
        "storageConfig": inputs.get("storageConfig", {}).get("blockStorage", {}).get("enabled", False),
        "kubernetesNetworkConfig": inputs.get("kubernetesNetworkConfig", {})
        .get("elasticLoadBalancing", {})
        .get("enabled", False),
    }
    if len(set(parts.values())) > 1:
        off = ", ".join(name for name, on in parts.items() if not on)
        yield off, "InvalidParameterException: Auto Mode needs compute, block storage and load balancing all enabled"
    if parts["computeConfig"] and inputs.get("bootstrapSelfManagedAddons", True):
        yield "bootstrapSelfManagedAddons", "InvalidParameterException: must be false where Auto Mode is enabled"


def services_apart(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """Of the range of the VPC that the subnets are in."""
    services = inputs.get("kubernetesNetworkConfig", {}).get("serviceIpv4Cidr")
    for id in inputs.get("vpcConfig", {}).get("subnetIds", []):
        subnet = facts.cloud.get(SUBNET, id)
        vpc = facts.cloud.get(VPC, subnet.inputs["vpcId"]) if subnet else None
        if services and vpc:
            mine, theirs = ipaddress.IPv4Network(services), ipaddress.IPv4Network(vpc.inputs["cidrBlock"])
            if mine.overlaps(theirs):
                yield "kubernetesNetworkConfig", f"InvalidParameterException: {mine} overlaps {theirs} of {vpc.id}"
            return


def services_private(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """https://docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigRequest.html"""
    services, fits = inputs.get("kubernetesNetworkConfig", {}).get("serviceIpv4Cidr", "172.20.0.0/16"), False
    with suppress(ValueError):
        network = ipaddress.IPv4Network(services)
        fits = any(network.subnet_of(each) for each in PRIVATE) and 12 <= network.prefixlen <= 24
    if not fits:
        yield "kubernetesNetworkConfig", f"InvalidParameterException: {services} is no private range of /12 to /24"


def two_zones(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html"""
    subnets = [facts.cloud.get(SUBNET, id) for id in inputs["vpcConfig"].get("subnetIds", [])]
    if len({each.inputs.get("availabilityZone", each.id) for each in subnets if each}) < 2:
        yield "vpcConfig", "InvalidParameterException: subnets must be in at least two different zones"


def protected(inputs: Mapping[str, Any]) -> str | None:
    if inputs.get("deletionProtection"):
        return "InvalidRequestException: the cluster has deletion protection. Turn it off, then delete it"
    return None


def _born(facts: Facts) -> dict[str, Any]:
    host = facts.token(32, "0123456789ABCDEF")
    return {
        "arn": arn("eks", "cluster/{name}")(facts),
        "endpoint": f"https://{host}.gr7.{facts.region}.eks.amazonaws.com",
        "certificateAuthority": {"data": base64.b64encode(b"no certificate: this double runs no API server").decode()},
        "identities": [{"oidcs": [{"issuer": f"https://oidc.eks.{facts.region}.amazonaws.com/id/{host}"}]}],
        "vpcConfig": {"clusterSecurityGroupId": f"sg-{facts.token(17, salt='cluster')}"},
        "status": "ACTIVE",
        "platformVersion": "eks.1",
    }


ROWS: Mapping[str, Row] = {
    CLUSTER: Row(
        id=given("name"),
        outputs=_born,
        serves=lambda served: {
            "endpoint": f"https://{served.address}",
            "certificateAuthority": {"data": served.authority},
        },
        api=("eks:CreateCluster",),
        renames={
            "vpcConfig": "resourcesVpcConfig",
            "enabledClusterLogTypes": "logging.clusterLogging.types",
            "computeConfig/nodeRoleArn": "nodeRoleArn",
        },
        refers=(
            OF_ROLE,
            Reference(path="computeConfig/nodeRoleArn", tokens=(ROLE,), output="arn", holds=False),
            Reference(path="vpcConfig/subnetIds/*", tokens=(SUBNET,)),
            Reference(path="vpcConfig/securityGroupIds/*", tokens=(GROUP,)),
            Reference(path="encryptionConfig/provider/keyArn", tokens=("aws:kms/key:Key",), output="arn", holds=False),
        ),
        unique=("name",),
        rules=(known_version, some_endpoint, auto_mode_whole, services_private),
        conflicts=(services_apart, two_zones),
        refuses_deletion=protected,
    ),
    ADD_ON: Row(
        id=given("clusterName", "addonName", between=":"),
        outputs=lambda facts: {"arn": arn("eks", "addon/{clusterName}/{addonName}")(facts)},
        api=("eks:CreateAddon",),
        refers=(Reference(path="clusterName", tokens=(CLUSTER,), output="name"),),
        unique=("clusterName", "addonName"),
        rules=(known_add_on,),
    ),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": Row(
        id=lambda facts: f"a-{facts.token(17, LOWER)}",
        outputs=lambda facts: {
            "associationId": facts.id,
            "associationArn": arn("eks", "podidentityassociation/{clusterName}/{id}")(facts),
        },
        api=("eks:CreatePodIdentityAssociation",),
        refers=(OF_ROLE, Reference(path="clusterName", tokens=(CLUSTER,), output="name")),
        unique=("clusterName", "namespace", "serviceAccount"),
    ),
}
