"""Rows of Amazon EC2: the ways out of a network."""

from collections.abc import Iterable, Mapping
from typing import Any

from tests.doubles.aws.ec2 import EIP, GATEWAY, NAT, OF_VPC, SUBNET, TABLE, open_range
from tests.doubles.aws.formats import arn, hex_id
from tests.doubles.rows import Facts, Reference, Row

TARGETS = (
    *("carrierGatewayId", "coreNetworkArn", "egressOnlyGatewayId", "gatewayId", "localGatewayId", "natGatewayId"),
    *("networkInterfaceId", "odbNetworkArn", "transitGatewayId", "vpcEndpointId", "vpcPeeringConnectionId"),
)


def nat_comes_up(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html"""
    if inputs.get("availabilityMode") == "regional":
        return
    subnet = facts.cloud.get(SUBNET, inputs.get("subnetId", ""))
    if subnet is None:
        yield "subnetId", "MissingParameter: a NAT gateway of one zone needs its subnet"
    elif inputs.get("connectivityType") != "private":
        vpc, address = subnet.inputs["vpcId"], inputs.get("allocationId")
        if not any(each.inputs.get("vpcId") == vpc for each in facts.cloud.things(GATEWAY)):
            yield "subnetId", f"Gateway.NotAttached: network {vpc} has no internet gateway attached"
        if not address:
            yield "allocationId", "MissingParameter: a public NAT gateway needs an address"
        for other in facts.cloud.things(NAT):
            if other.id != facts.id and other.inputs.get("allocationId") == address:
                yield "allocationId", f"Resource.AlreadyAssociated: {address} is that of {other.id}"


def one_network(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateRouteTable.html"""
    table = facts.cloud.get(TABLE, inputs["routeTableId"])
    subnet = facts.cloud.get(SUBNET, inputs.get("subnetId", ""))
    if table and subnet and table.inputs["vpcId"] != subnet.inputs["vpcId"]:
        yield "routeTableId", f"InvalidParameterValue: {table.id} and {subnet.id} belong to different networks"


def one_target(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html"""
    found = [name for name in TARGETS if inputs.get(name)]
    if len(found) != 1:
        yield " and ".join(found) or "gatewayId", "InvalidParameterCombination: a route has exactly one target"


ROWS: Mapping[str, Row] = {
    GATEWAY: Row(id=hex_id("igw"), api=("ec2:AttachInternetGateway",), refers=(OF_VPC,), unique=("vpcId",)),
    EIP: Row(
        id=hex_id("eipalloc"),
        outputs=lambda facts: {
            "allocationId": facts.id,
            # From a block that is kept for examples (RFC 5737): no address of anybody.
            "publicIp": f"203.0.113.{int(facts.token(2), 16)}",
        },
        api=("ec2:AllocateAddress",),
    ),
    NAT: Row(
        id=hex_id("nat"),
        outputs=lambda facts: {"connectivityType": "public", "privateIp": "10.20.192.10"},
        api=("ec2:CreateNatGateway",),
        refers=(
            Reference(path="allocationId", tokens=(EIP,)),
            Reference(path="subnetId", tokens=(SUBNET,)),
        ),
        conflicts=(nat_comes_up,),
    ),
    TABLE: Row(
        id=hex_id("rtb"),
        outputs=lambda facts: {"arn": arn("ec2", "route-table/{id}")(facts), "ownerId": facts.account},
        api=("ec2:CreateRouteTable",),
        refers=(OF_VPC,),
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Row(
        id=hex_id("rtbassoc"),
        imported_by=lambda inputs: f"{inputs['subnetId']}/{inputs['routeTableId']}",
        api=("ec2:AssociateRouteTable",),
        refers=(
            Reference(path="subnetId", tokens=(SUBNET,)),
            Reference(path="routeTableId", tokens=(TABLE,)),
        ),
        unique=("subnetId",),
        conflicts=(one_network,),
    ),
    "aws:ec2/route:Route": Row(
        id=lambda facts: f"r-{facts.inputs['routeTableId']}{facts.token(10, '0123456789')}",
        imported_by=lambda inputs: f"{inputs['routeTableId']}_{inputs['destinationCidrBlock']}",
        outputs=lambda facts: {"state": "active", "origin": "CreateRoute"},
        api=("ec2:CreateRoute",),
        refers=(
            Reference(path="routeTableId", tokens=(TABLE,)),
            Reference(path="gatewayId", tokens=(GATEWAY,)),
            Reference(path="natGatewayId", tokens=(NAT,)),
        ),
        unique=("routeTableId", "destinationCidrBlock"),
        rules=(open_range,),
        conflicts=(one_target,),
    ),
}
