"""Rows of Amazon EC2: networks and who may reach what in them."""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from tests.doubles.aws.formats import arn, hex_id
from tests.doubles.rows import Facts, Reference, Row

VPC, SUBNET, TABLE = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:ec2/routeTable:RouteTable"
GATEWAY, NAT, EIP = "aws:ec2/internetGateway:InternetGateway", "aws:ec2/natGateway:NatGateway", "aws:ec2/eip:Eip"
GROUP, DEFAULT_GROUP = "aws:ec2/securityGroup:SecurityGroup", "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"

OF_VPC = Reference(path="vpcId", tokens=(VPC,))

SERVICES = ("s3", "ecr.api", "ecr.dkr", "sts", "eks-auth", "eks", "secretsmanager", "logs", "kms", "ec2", "sqs")
"""Some of https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html"""

TEXT = re.compile(r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{0,255}")
PROTOCOL = re.compile(r"-1|tcp|udp|icmp|icmpv6|\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5]")
SOURCES = ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId")


def zones(region: str) -> list[str]:
    """Of the many that have three."""
    return [f"{region}{letter}" for letter in "abc"]


def vpc_size(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html"""
    yield from _block(inputs, "cidrBlock", "InvalidVpc.Range")


def subnet_size(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html"""
    yield from _block(inputs, "cidrBlock", "InvalidSubnet.Range")


def subnet_fits(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """In its VPC, and beside all others of it."""
    vpc = facts.cloud.get(VPC, inputs["vpcId"])
    assert vpc, "references were looked at before"
    mine = ipaddress.IPv4Network(inputs["cidrBlock"])
    if not mine.subnet_of(ipaddress.IPv4Network(vpc.inputs["cidrBlock"])):
        yield "cidrBlock", f"InvalidSubnet.Range: {mine} is not in {vpc.inputs['cidrBlock']}, the range of {vpc.id}"
    for other in facts.cloud.things(SUBNET):
        if other.id != facts.id and other.inputs["vpcId"] == vpc.id:
            theirs = ipaddress.IPv4Network(other.inputs["cidrBlock"])
            if mine.overlaps(theirs):
                yield "cidrBlock", f"InvalidSubnet.Conflict: {mine} overlaps {theirs}, the range of {other.id}"


def zone_of_region(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    zone = inputs.get("availabilityZone", zones(facts.region)[0])
    if zone not in zones(facts.region):
        yield "availabilityZone", f"InvalidParameterValue: {zone!r} is no zone of {facts.region}"


def known_service(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    name = inputs.get("serviceName", "")
    start = f"com.amazonaws.{facts.region}."
    if not name.startswith(start) or name.removeprefix(start) not in SERVICES:
        yield "serviceName", f"InvalidServiceName: the Vpc Endpoint Service {name!r} does not exist"


def ports_in_order(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    low, high = inputs.get("fromPort", -1), inputs.get("toPort", -1)
    if not -1 <= low <= high <= 65535:
        yield "toPort", f"InvalidParameterValue: invalid port range {low} to {high}"


def group_words(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html"""
    yield from _text(inputs, "name")
    yield from _text(inputs, "description")
    name = inputs.get("name", "")
    if name.startswith("sg-") or name == "default":
        yield "name", f"InvalidParameterValue: the name {name!r} is kept for AWS"


def ingress_words(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html"""
    yield from _text(inputs, "description")
    if not PROTOCOL.fullmatch(inputs.get("ipProtocol", "-1")):
        yield "ipProtocol", f"InvalidParameterValue: invalid IP protocol {inputs['ipProtocol']!r}"


def ingress_whole(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    found = [name for name in SOURCES if inputs.get(name)]
    if len(found) != 1:
        yield " and ".join(found) or "cidrIpv4", "InvalidParameterCombination: a rule has exactly one source"
    if inputs["ipProtocol"] in ("tcp", "udp", "icmp") and not {"fromPort", "toPort"} <= inputs.keys():
        yield "fromPort", "InvalidParameterValue: both ports are needed with TCP, UDP and ICMP"


def one_way(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html#gateway-endpoint-routing"""
    for other in facts.cloud.things(ENDPOINT):
        if other.id != facts.id and other.inputs["serviceName"] == inputs["serviceName"]:
            for table in {*inputs.get("routeTableIds", [])} & {*other.inputs.get("routeTableIds", [])}:
                yield "routeTableIds", f"RouteAlreadyExists: {table} leads to that service by {other.id}"


def flow_interval(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFlowLogs.html"""
    if inputs.get("maxAggregationInterval", 60) not in (60, 600):
        yield "maxAggregationInterval", f"InvalidParameter: 60 or 600, got {inputs['maxAggregationInterval']}"


def flow_role(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    if inputs.get("logDestinationType", "cloud-watch-logs") == "cloud-watch-logs" and not inputs.get("iamRoleArn"):
        yield "iamRoleArn", "InvalidParameter: CloudWatch Logs need a role that may write them"


def open_range(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    for name in ("cidrIpv4", "destinationCidrBlock"):
        if name in inputs:
            yield from _network(inputs[name], name, "InvalidParameterValue")


def _text(inputs: Mapping[str, Any], name: str) -> Iterable[tuple[str, str]]:
    if not TEXT.fullmatch(inputs.get(name, "")):
        yield name, f"InvalidParameterValue: at most 255 of {TEXT.pattern}, got {inputs[name]!r}"


def _block(inputs: Mapping[str, Any], name: str, code: str) -> Iterable[tuple[str, str]]:
    if name not in inputs:
        return
    wrong = list(_network(inputs[name], name, code))
    yield from wrong
    if not wrong and not 16 <= ipaddress.IPv4Network(inputs[name]).prefixlen <= 28:
        yield name, f"{code}: the block must be a /16 to a /28, got {inputs[name]!r}"


def _network(value: str, name: str, code: str) -> Iterable[tuple[str, str]]:
    read = ""
    with suppress(ValueError):
        read = str(ipaddress.IPv4Network(value))
    if read != value:  # Python reads an address alone, and one with a mask, as a network too
        yield name, f"{code}: {value!r} is no IPv4 network, or has bits set after its prefix"


ROWS: Mapping[str, Row] = {
    VPC: Row(
        id=hex_id("vpc"),
        outputs=lambda facts: {
            "arn": arn("ec2", "vpc/{id}")(facts),
            "ownerId": facts.account,
            "mainRouteTableId": f"rtb-{facts.token(17, salt='main')}",
            "defaultSecurityGroupId": f"sg-{facts.token(17, salt='default')}",
        },
        api=("ec2:CreateVpc",),
        unchecked={
            "enableDnsHostnames": "an attribute, set by a call with one boolean",
            "enableDnsSupport": "an attribute, set by a call with one boolean",
        },
        rules=(vpc_size,),
    ),
    DEFAULT_GROUP: Row(
        # Made with the VPC, and only emptied by this.
        id=lambda facts: facts.cloud.look(VPC, facts.inputs["vpcId"], "defaultSecurityGroupId"),
        again=True,
        api=("ec2:CreateSecurityGroup",),
        refers=(OF_VPC,),
    ),
    SUBNET: Row(
        id=hex_id("subnet"),
        outputs=lambda facts: {"arn": arn("ec2", "subnet/{id}")(facts), "ownerId": facts.account},
        api=("ec2:CreateSubnet", "ec2:ModifySubnetAttribute"),
        refers=(OF_VPC,),
        rules=(subnet_size, zone_of_region),
        conflicts=(subnet_fits,),
    ),
    GROUP: Row(
        id=hex_id("sg"),
        outputs=lambda facts: {"arn": arn("ec2", "security-group/{id}")(facts), "ownerId": facts.account},
        api=("ec2:CreateSecurityGroup",),
        renames={"name": "GroupName"},
        refers=(OF_VPC,),
        unique=("vpcId", "name"),
        rules=(group_words,),
        replaces=frozenset({"description"}),
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": Row(
        id=hex_id("sgr"),
        outputs=lambda facts: {"arn": arn("ec2", "security-group-rule/{id}")(facts), "securityGroupRuleId": facts.id},
        api=("ec2:AuthorizeSecurityGroupIngress",),
        renames={
            "securityGroupId": "GroupId",
            "description": "IpPermissions.IpRanges.Description",
            "cidrIpv4": "IpPermissions.IpRanges.CidrIp",
        },
        refers=(Reference(path="securityGroupId", tokens=(GROUP,)),),
        unique=("securityGroupId", "cidrIpv4", "ipProtocol", "fromPort", "toPort"),
        rules=(ports_in_order, open_range, ingress_words),
        conflicts=(ingress_whole,),
    ),
    ENDPOINT: Row(
        id=hex_id("vpce"),
        outputs=lambda facts: {"arn": arn("ec2", "vpc-endpoint/{id}")(facts), "state": "available"},
        api=("ec2:CreateVpcEndpoint",),
        refers=(
            OF_VPC,
            Reference(path="subnetIds/*", tokens=(SUBNET,)),
            Reference(path="routeTableIds/*", tokens=(TABLE,)),
            Reference(path="securityGroupIds/*", tokens=(GROUP,)),
        ),
        rules=(known_service,),
        conflicts=(one_way,),
    ),
    "aws:ec2/flowLog:FlowLog": Row(
        id=hex_id("fl"),
        outputs=lambda facts: {"arn": arn("ec2", "vpc-flow-log/{id}")(facts)},
        api=("ec2:CreateFlowLogs",),
        renames={"iamRoleArn": "DeliverLogsPermissionArn", "vpcId": "ResourceIds"},
        refers=(
            OF_VPC,
            Reference(path="iamRoleArn", tokens=("aws:iam/role:Role",), output="arn", holds=False),
            Reference(path="logDestination", tokens=("aws:cloudwatch/logGroup:LogGroup",), output="arn", holds=False),
        ),
        unique=("vpcId", "trafficType", "logDestination"),
        rules=(flow_interval,),
        conflicts=(flow_role,),
        replaces=frozenset({"vpcId"}),
    ),
}
