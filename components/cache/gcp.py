"""Memorystore for Valkey: encrypted at rest and in transit, reached inside the network; pods log in as themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_gcp as gcp

from components import naming
from components.cache import Auth, CacheArgs
from components.cache.access import told
from components.card import Size
from components.network.gcp import GcpNetwork
from components.secrets.gcp import GcpKey

NODE_TYPES: Mapping[Size, str] = {
    "small": "SHARED_CORE_NANO",
    "medium": "STANDARD_SMALL",
    "large": "HIGHMEM_MEDIUM",
}
"""1.4, 6.5 and 13 GB; only the small one shares its core, and has no SLA.

https://cloud.google.com/memorystore/docs/valkey/instance-node-specification
"""
ENGINE_VERSION = "VALKEY_8_0"
BACKUP_DAYS = 7
BACKUP_HOUR = 3
"""UTC."""

USER = "default"
"""With IAM the password, an access token, says who it is: https://cloud.google.com/memorystore/docs/valkey/about-iam-auth"""


@dataclass(frozen=True, kw_only=True)
class GcpCacheArgs(CacheArgs):
    project: str
    region: str
    replicas: int = 0
    """Beside the primary, each in another zone; 0 gives up failover, and backups."""
    protect: bool = False
    """Refuse a destroy."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.replicas <= 5:
            raise ValueError(
                f"GcpCacheArgs.replicas must be between 0 and 5, got {self.replicas}. To fix: give a number of these."
            )


class GcpCache(pulumi.ComponentResource):
    """One primary and its replicas; no password exists, so none can leak."""

    url: pulumi.Output[str]
    ca_bundle: pulumi.Output[str]
    """Of the instance's own authority, which no client knows."""
    auth: Auth = "gcp-iam"
    secret: pulumi.Output[str]
    name: pulumi.Output[str]
    """`projects/<project>/locations/<region>/instances/<name>`: what a right to connect is limited to."""

    def __init__(
        self,
        name: str,
        args: GcpCacheArgs,
        network: GcpNetwork,
        key: GcpKey,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("tradewind:cache:GcpCache", name, None, opts)
        valkey = gcp.memorystore.Instance(
            f"{name}-valkey",
            instance_id=naming.fitted("tradewind", args.owner, limit=naming.GCP_CACHE_LIMIT),
            project=args.project,
            location=args.region,
            # One shard behind one address, which any client can talk to.
            mode="CLUSTER_DISABLED",
            shard_count=1,
            replica_count=args.replicas,
            node_type=NODE_TYPES[args.size],
            engine_version=ENGINE_VERSION,
            zone_distribution_config={"mode": "MULTI_ZONE"},
            authorization_mode="IAM_AUTH",
            transit_encryption_mode="SERVER_AUTHENTICATION",
            server_ca_mode="GOOGLE_MANAGED_PER_INSTANCE_CA",
            kms_key=key.id,
            desired_auto_created_endpoints=[{"network": network.cache_ready, "project_id": args.project}],
            automated_backup_config=BACKUPS if args.replicas else None,  # pyright: ignore[reportArgumentType]
            deletion_protection_enabled=args.protect,
            labels=naming.tags(args.owner),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        self.name = valkey.name
        self.url = valkey.endpoints.apply(lambda found: f"rediss://{primary(found)}")
        self.ca_bundle = valkey.managed_server_cas.apply(bundle)
        access = {"url": self.url, "ca.crt": self.ca_bundle, "user": USER}
        self.secret = told(name, args.readers, args.owner, access, pulumi.ResourceOptions(parent=self))
        self.register_outputs({"url": self.url, "secret": self.secret})


BACKUPS = {
    "retention": f"{BACKUP_DAYS * 24 * 3600}s",
    "fixed_frequency_schedule": {"start_time": {"hours": BACKUP_HOUR}},
}


def primary(endpoints: Sequence[Any]) -> str:
    """`host:port` of the address that takes writes; the other one is the replicas'."""
    links = [link.psc_auto_connection for each in endpoints for link in each.connections or []]
    [found] = [link for link in links if link.connection_type == "CONNECTION_TYPE_PRIMARY"]
    return f"{found.ip_address}:{found.port}"


def bundle(authorities: Sequence[Any]) -> str:
    """Every certificate of the instance's authority, PEM; two while one takes the other's place."""
    chains = [chain for each in authorities for chain in each.ca_certs or []]
    return "\n".join(text.strip() for chain in chains for text in chain.certificates or []) + "\n"
