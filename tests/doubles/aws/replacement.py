"""Which properties of a type need a new resource, from CloudFormation's schemas: no other source of AWS says it."""

import importlib.util
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from provider.protocol import PropertyPath
from tests.doubles.rows import Row

TYPES = {
    "aws:acm/certificate:Certificate": "AWS::CertificateManager::Certificate",
    "aws:cloudwatch/logGroup:LogGroup": "AWS::Logs::LogGroup",
    "aws:ec2/eip:Eip": "AWS::EC2::EIP",
    "aws:ec2/flowLog:FlowLog": "AWS::EC2::FlowLog",
    "aws:ec2/natGateway:NatGateway": "AWS::EC2::NatGateway",
    "aws:ec2/route:Route": "AWS::EC2::Route",
    "aws:ec2/routeTable:RouteTable": "AWS::EC2::RouteTable",
    "aws:ec2/routeTableAssociation:RouteTableAssociation": "AWS::EC2::SubnetRouteTableAssociation",
    "aws:ec2/securityGroup:SecurityGroup": "AWS::EC2::SecurityGroup",
    "aws:ec2/subnet:Subnet": "AWS::EC2::Subnet",
    "aws:ec2/vpc:Vpc": "AWS::EC2::VPC",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "AWS::EC2::VPCEndpoint",
    "aws:ecr/repository:Repository": "AWS::ECR::Repository",
    "aws:eks/addon:Addon": "AWS::EKS::Addon",
    "aws:eks/cluster:Cluster": "AWS::EKS::Cluster",
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": "AWS::EKS::PodIdentityAssociation",
    "aws:elasticache/replicationGroup:ReplicationGroup": "AWS::ElastiCache::ReplicationGroup",
    "aws:elasticache/subnetGroup:SubnetGroup": "AWS::ElastiCache::SubnetGroup",
    "aws:elasticache/user:User": "AWS::ElastiCache::User",
    "aws:elasticache/userGroup:UserGroup": "AWS::ElastiCache::UserGroup",
    "aws:iam/role:Role": "AWS::IAM::Role",
    "aws:kms/alias:Alias": "AWS::KMS::Alias",
    "aws:kms/key:Key": "AWS::KMS::Key",
    "aws:route53/record:Record": "AWS::Route53::RecordSet",
    "aws:s3/bucket:Bucket": "AWS::S3::Bucket",
    "aws:secretsmanager/secret:Secret": "AWS::SecretsManager::Secret",
}
REGION = "eu-west-1"


def create_only(token: str, row: Row, path: PropertyPath) -> bool:
    """Whether a change there needs a new resource."""
    mine = _plain(str(step) for step in path if isinstance(step, str))
    return any(only[: len(mine)] == mine or mine[: len(only)] == only for only in _paths_of(token, row))


def _paths_of(token: str, row: Row) -> set[tuple[str, ...]]:
    """Paths as CloudFormation has them, the first step called as pulumi calls it."""
    called = {api.lower(): name.lower() for name, api in row.renames.items() if "/" not in name}
    paths = [_plain(path.split("/")[2:]) for path in _paths(TYPES[token])] if token in TYPES else []
    return {(called.get(first, first), *rest) for first, *rest in paths}


def _plain(steps: Iterable[str]) -> tuple[str, ...]:
    return tuple(step.lower() for step in steps if step != "*")


@cache
def _paths(name: str) -> list[str]:
    return _schema(name).get("createOnlyProperties", [])


def _schema(name: str) -> dict[str, Any]:
    # Only data is read: importing cfnlint takes seconds.
    spec = importlib.util.find_spec("cfnlint")
    assert spec and spec.origin, "cfn-lint is in the group dev"
    folder = Path(spec.origin).parent / "data" / "schemas"
    index = json.loads((folder / "providers" / f"{REGION}.json").read_text())
    return json.loads((folder / "resources" / f"{index[name]}.json").read_text())
