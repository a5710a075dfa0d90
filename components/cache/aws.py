"""Valkey on ElastiCache: encrypted at rest and in transit, in the private subnets; pods log in by their own role."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import naming
from components.cache import Auth, CacheArgs
from components.cache.access import told
from components.card import Size
from components.network.aws import AwsNetwork
from components.secrets.aws import AwsKey

NODE_TYPES: Mapping[Size, str] = {
    "small": "cache.t4g.small",
    "medium": "cache.m7g.large",
    "large": "cache.r7g.xlarge",
}
ENGINE_VERSION = "8.0"
PORT = 6379
SNAPSHOT_DAYS = 7

RIGHTS = "on ~* &* -@all +@read +@write +@connection +@transaction +@pubsub"
"""Of the services' user: data, and no command of an administrator."""


@dataclass(frozen=True, kw_only=True)
class AwsCacheArgs(CacheArgs):
    replicas: int = 0
    """Beside the primary, each in another zone; 0 gives up failover."""
    protect: bool = False
    """Refuse a destroy."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.replicas <= 5:
            raise ValueError(
                f"AwsCacheArgs.replicas must be between 0 and 5, got {self.replicas}. To fix: give a number of these."
            )


class AwsCache(pulumi.ComponentResource):
    """One primary and its replicas; no password exists, so none can leak."""

    url: pulumi.Output[str]
    ca_bundle: pulumi.Output[str]
    auth: Auth = "aws-iam"
    secret: pulumi.Output[str]
    arn: pulumi.Output[str]
    user_arn: pulumi.Output[str]
    """What a role needs `elasticache:Connect` on, beside `arn`."""

    def __init__(
        self,
        name: str,
        args: AwsCacheArgs,
        network: AwsNetwork,
        cidr: str,
        key: AwsKey,
        opts: pulumi.ResourceOptions | None = None,
    ):
        """`cidr` is the network's: who may connect at all."""
        super().__init__("tradewind:cache:AwsCache", name, None, opts)
        mine, tags = pulumi.ResourceOptions(parent=self), naming.tags(args.owner)
        fitted = naming.fitted("tradewind", args.owner, limit=naming.AWS_CACHE_LIMIT)
        subnets = aws.elasticache.SubnetGroup(
            f"{name}-subnets",
            name=fitted,
            description="Private subnets of the stack",
            subnet_ids=network.private_subnets,
            tags=tags,
            opts=mine,
        )
        group = aws.ec2.SecurityGroup(
            f"{name}-group",
            name=naming.fitted(args.owner, "cache"),
            description="Valkey from the network",
            vpc_id=network.id,
            tags=tags,
            opts=mine,
        )
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-valkey",
            security_group_id=group.id,
            description="Valkey from the network",
            cidr_ipv4=cidr,
            ip_protocol="tcp",
            from_port=PORT,
            to_port=PORT,
            tags=tags,
            opts=mine,
        )
        # With IAM the user's name must be its id.
        user = aws.elasticache.User(
            f"{name}-user",
            user_id=fitted,
            user_name=fitted,
            engine="valkey",
            access_string=RIGHTS,
            authentication_mode={"type": "iam"},
            tags=tags,
            opts=mine,
        )
        users = aws.elasticache.UserGroup(
            f"{name}-users", user_group_id=fitted, engine="valkey", user_ids=[user.user_id], tags=tags, opts=mine
        )
        valkey = aws.elasticache.ReplicationGroup(
            f"{name}-valkey-group",
            replication_group_id=fitted,
            description=f"Cache of the Tradewind stack {args.owner}",
            engine="valkey",
            engine_version=ENGINE_VERSION,
            node_type=NODE_TYPES[args.size],
            port=PORT,
            num_cache_clusters=1 + args.replicas,
            automatic_failover_enabled=args.replicas > 0,
            multi_az_enabled=args.replicas > 0,
            at_rest_encryption_enabled=True,
            kms_key_id=key.arn,
            transit_encryption_enabled=True,
            transit_encryption_mode="required",
            user_group_ids=[users.user_group_id],
            subnet_group_name=subnets.name,
            security_group_ids=[group.id],
            snapshot_retention_limit=SNAPSHOT_DAYS if args.replicas else 0,
            auto_minor_version_upgrade=True,
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        self.arn, self.user_arn = valkey.arn, user.arn
        self.url = pulumi.Output.concat("rediss://", valkey.primary_endpoint_address, f":{PORT}")
        self.ca_bundle = pulumi.Output.from_input("")
        access = {"url": self.url, "ca.crt": self.ca_bundle, "user": user.user_name}
        self.secret = told(name, args.readers, args.owner, access, mine)
        self.register_outputs({"url": self.url, "secret": self.secret})
