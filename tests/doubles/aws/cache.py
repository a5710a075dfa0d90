"""Rows of Amazon ElastiCache."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tests.doubles.aws.ec2 import GROUP, SUBNET
from tests.doubles.aws.formats import LOWER, arn, given
from tests.doubles.rows import Facts, Reference, Row

SUBNETS, USER = "aws:elasticache/subnetGroup:SubnetGroup", "aws:elasticache/user:User"
USERS, REPLICATION = "aws:elasticache/userGroup:UserGroup", "aws:elasticache/replicationGroup:ReplicationGroup"

ENGINES = ("valkey", "redis")
VALKEY = ("7.2", "8.0", "8.1")
RULE = re.compile(
    r"on|off|[~&+-].+|%(R|W|RW)~.+|all(keys|channels|commands)|reset(keys|channels)|nocommands|clearselectors|[(].*|.*[)]"
)
FAMILIES = ("t3", "t4g", "m6g", "m7g", "r6g", "r7g", "r6gd", "c7gn")
NODE_SIZES = ("micro", "small", "medium", "large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge")
"""https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html"""


def known_engine(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    if (engine := inputs.get("engine", "valkey")) not in ENGINES:
        yield "engine", f"InvalidParameterValue: must be one of {', '.join(ENGINES)}, got {engine!r}"
    if engine == "valkey" and inputs.get("engineVersion", VALKEY[0]) not in VALKEY:
        yield "engineVersion", f"InvalidParameterValue: no valkey {inputs['engineVersion']!r}; there are {VALKEY}"


def known_node(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    start, _, rest = inputs.get("nodeType", "cache.t4g.small").partition(".")
    family, _, size = rest.partition(".")
    if start != "cache" or family not in FAMILIES or size not in NODE_SIZES:
        yield "nodeType", f"InvalidParameterValue: the cache node type {inputs['nodeType']!r} is not supported"


def replication_bounds(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html"""
    id = inputs.get("replicationGroupId", "a")
    if not re.fullmatch(r"[A-Za-z](-?[A-Za-z0-9])*", id) or len(id) > 40:
        yield "replicationGroupId", f"InvalidParameterValue: 1 to 40 letters, digits and single hyphens, got {id!r}"
    if not 1 <= inputs.get("numCacheClusters", 1) <= 6:
        yield "numCacheClusters", f"InvalidParameterValue: must be 1 to 6, got {inputs['numCacheClusters']}"
    if not 0 <= inputs.get("snapshotRetentionLimit", 0) <= 35:
        yield "snapshotRetentionLimit", f"InvalidParameterValue: 0 to 35, got {inputs['snapshotRetentionLimit']}"


def group_of_subnets(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateCacheSubnetGroup.html"""
    if not re.fullmatch(r"[A-Za-z0-9-]{1,255}", inputs.get("name", "a")):
        yield "name", f"InvalidParameterValue: must be letters, digits and hyphens, got {inputs['name']!r}"


def some_subnet(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    if not inputs["subnetIds"]:
        yield "subnetIds", "MissingParameter: the request must contain a subnet"


def access_rules(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clusters.RBAC.html#Access-string"""
    for rule in inputs.get("accessString", "").split():
        if not RULE.fullmatch(rule):
            yield "accessString", f"InvalidParameterValue: no rule of an access control list: {rule!r}"


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
        rules=(group_of_subnets,),
        conflicts=(some_subnet,),
    ),
    USER: Row(
        id=given("userId"),
        outputs=lambda facts: {"arn": arn("elasticache", "user:{id}")(facts)},
        api=("elasticache:CreateUser",),
        unique=("userId",),
        rules=(iam_names_alike, known_engine, access_rules),
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
        rules=(known_engine, known_node, replication_bounds, failover_has_a_replica, users_need_tls),
    ),
}
