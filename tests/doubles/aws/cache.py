"""Rows of Amazon ElastiCache."""

from collections.abc import Iterable, Mapping
from typing import Any

from tests.doubles.aws.ec2 import GROUP, SUBNET
from tests.doubles.aws.formats import LOWER, arn, given
from tests.doubles.rows import Facts, Reference, Row

SUBNETS, USER = "aws:elasticache/subnetGroup:SubnetGroup", "aws:elasticache/user:User"
USERS, REPLICATION = "aws:elasticache/userGroup:UserGroup", "aws:elasticache/replicationGroup:ReplicationGroup"

VALKEY = ("7.2", "8.0", "8.1")
FAMILIES = ("t3", "t4g", "m6g", "m7g", "r6g", "r7g", "r6gd", "c7gn")
NODE_SIZES = ("micro", "small", "medium", "large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge")
"""https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html"""


def known_engine(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    if inputs.get("engine") == "valkey" and inputs.get("engineVersion", VALKEY[0]) not in VALKEY:
        yield "engineVersion", f"InvalidParameterValue: no valkey {inputs['engineVersion']!r}; there are {VALKEY}"


def known_node(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    start, _, rest = inputs.get("nodeType", "cache.t4g.small").partition(".")
    family, _, size = rest.partition(".")
    if start != "cache" or family not in FAMILIES or size not in NODE_SIZES:
        yield "nodeType", f"InvalidParameterValue: the cache node type {inputs['nodeType']!r} is not supported"


def failover_has_a_replica(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    if inputs.get("automaticFailoverEnabled") and inputs.get("numCacheClusters", 1) < 2:
        yield "automaticFailoverEnabled", "InvalidParameterCombination: failover needs at least one replica"
    if inputs.get("multiAzEnabled") and not inputs.get("automaticFailoverEnabled"):
        yield "multiAzEnabled", "InvalidParameterCombination: several zones need automatic failover"


def users_need_tls(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    if inputs.get("userGroupIds") and not inputs.get("transitEncryptionEnabled"):
        yield "userGroupIds", "InvalidParameterCombination: user groups need encryption in transit"


def iam_names_alike(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html#auth-iam-limits"""
    by_iam = inputs.get("authenticationMode", {}).get("type") == "iam"
    if by_iam and inputs.get("userName") != inputs.get("userId"):
        yield "userName", "InvalidParameterValue: with IAM the user's name and id must be identical"


def _endpoint(facts: Facts, kind: str) -> str:
    short = facts.region.split("-")[0] + facts.region.split("-")[1][0] + facts.region.split("-")[2]
    return f"{kind}.{facts.id}.{facts.token(6, LOWER, 'host')}.{short}.cache.amazonaws.com"


ROWS: Mapping[str, Row] = {
    SUBNETS: Row(
        id=given("name"),
        outputs=lambda facts: {"arn": arn("elasticache", "subnetgroup:{id}")(facts)},
        api=("elasticache:CreateCacheSubnetGroup",),
        renames={"name": "CacheSubnetGroupName", "description": "CacheSubnetGroupDescription"},
        refers=(Reference(path="subnetIds/*", tokens=(SUBNET,)),),
        unique=("name",),
    ),
    USER: Row(
        id=given("userId"),
        outputs=lambda facts: {"arn": arn("elasticache", "user:{id}")(facts)},
        api=("elasticache:CreateUser",),
        unique=("userId",),
        rules=(iam_names_alike,),
    ),
    USERS: Row(
        id=given("userGroupId"),
        outputs=lambda facts: {"arn": arn("elasticache", "usergroup:{id}")(facts)},
        api=("elasticache:CreateUserGroup",),
        refers=(Reference(path="userIds/*", tokens=(USER,), output="userId"),),
        unique=("userGroupId",),
    ),
    REPLICATION: Row(
        id=given("replicationGroupId"),
        outputs=lambda facts: {
            "arn": arn("elasticache", "replicationgroup:{id}")(facts),
            "primaryEndpointAddress": _endpoint(facts, "master"),
            "readerEndpointAddress": _endpoint(facts, "replica"),
        },
        api=("elasticache:CreateReplicationGroup",),
        renames={
            "description": "ReplicationGroupDescription",
            "nodeType": "CacheNodeType",
            "subnetGroupName": "CacheSubnetGroupName",
        },
        refers=(
            Reference(path="subnetGroupName", tokens=(SUBNETS,), output="name"),
            Reference(path="securityGroupIds/*", tokens=(GROUP,)),
            Reference(path="userGroupIds/*", tokens=(USERS,), output="userGroupId"),
            Reference(path="kmsKeyId", tokens=("aws:kms/key:Key",), output="arn", holds=False),
        ),
        unique=("replicationGroupId",),
        rules=(known_engine, known_node, failover_has_a_replica, users_need_tls),
    ),
}
