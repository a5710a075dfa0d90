"""AWS as services see it: what they may take of it, whichever stack has made the platform."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from components.card import Size
from components.identity import Identity, IdentityArgs
from components.identity.aws import AwsIdentity, Reach
from components.identity.aws_federation import AwsTrust
from components.identity.peers import GcpPeer
from components.platforms import Feature, Resources
from components.platforms.aws_tags import named
from components.platforms.egress import PUBLIC_HTTPS, credentials_at
from components.platforms.handover import Handover
from components.platforms.in_hand import InHand
from components.platforms.settings import CloudSettings
from components.registry.aws import AwsRegistry
from components.secrets.aws_files import Vault
from provider.resources import Image

SIZES: Mapping[Size, Resources] = {
    "small": Resources(cpu_request="500m", cpu_limit="1", memory_request="512Mi", memory_limit="512Mi"),
    "medium": Resources(cpu_request="1", cpu_limit="2", memory_request="1Gi", memory_limit="1Gi"),
    "large": Resources(cpu_request="2", cpu_limit="4", memory_request="4Gi", memory_limit="4Gi"),
}

POD_IDENTITY = "169.254.170.23"
"""Its agent's address: https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html"""


class MetGcp(GcpPeer):
    """The peer of a platform, and what of it the platform has made known to AWS."""

    provider: str
    pool: str


class AwsHandover(Handover):
    account: str
    region: str
    cluster: str
    cluster_arn: str
    artifacts: str
    key: str
    cache: str
    cache_user: str
    peer: MetGcp | None = None


def handed(region: str, reach: Reach) -> dict[str, Any]:
    """The part of AwsHandover that is AWS' own."""
    trust = reach.trust
    return {
        "account": reach.account,
        "region": region,
        "cluster": reach.cluster,
        "cluster_arn": reach.cluster_arn,
        "artifacts": reach.artifacts,
        "key": reach.key,
        "cache": reach.cache,
        "cache_user": reach.cache_user,
        "peer": {**trust.peer.model_dump(), "provider": trust.provider, "pool": trust.pool} if trust else None,
        **({"secrets_key": reach.vault.key} if reach.vault else {}),
    }


def connect(region: str, account: str) -> tuple[aws.Provider, pulumi.ResourceOptions]:
    """The provider, and the options of every component in the account."""
    provider = aws.Provider("aws", region=region, allowed_account_ids=[account])  # pyright: ignore[reportArgumentType]
    return provider, pulumi.ResourceOptions(providers=[provider], transformations=[named])


class OnAws:
    """The part of a Platform that is AWS' own, beyond the cluster."""

    kind = "aws"
    lacks: Mapping[Feature, str] = {}
    sizes = SIZES
    ways_out = (credentials_at(POD_IDENTITY), PUBLIC_HTTPS)
    registry: AwsRegistry
    _reach: Reach
    _cloud: pulumi.ResourceOptions

    def image(self, name: str, source: str) -> Image:
        return self.registry.image(name, source)

    def identity(self, name: str, args: IdentityArgs, opts: pulumi.ResourceOptions) -> Identity:
        return AwsIdentity(name, args, self._reach, pulumi.ResourceOptions.merge(self._cloud, opts))


class AwsServices(OnAws, InHand):
    """EKS with all around it, made by another stack; repositories and roles of services are this one's own."""

    def __init__(self, stack: str, record: AwsHandover, kubeconfig: pulumi.Output[str], settings: CloudSettings):
        protect = settings.keeps_data
        provider, self._cloud = connect(record.region, record.account)
        super().__init__(stack, record, kubeconfig, settings)
        self.registry = AwsRegistry(
            "registry",
            self.owner,
            record.registry,
            record.key,
            protect,
            provider,
            settings.signing_key,
            self._cloud,
        )
        met, kept_by = record.peer, record.secrets_key
        self._reach = Reach(
            account=record.account,
            namespace=record.namespace,
            cluster=record.cluster,
            cluster_arn=record.cluster_arn,
            artifacts=record.artifacts,
            key=record.key,
            cache=record.cache,
            cache_user=record.cache_user,
            trust=AwsTrust(peer=met, provider=met.provider, pool=met.pool) if met else None,
            vault=Vault(region=record.region, key=kept_by, protect=protect) if kept_by else None,
        )
