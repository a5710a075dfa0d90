"""AWS as a platform: wiring, its settings, and the truth about what is missing."""

from collections.abc import Sequence
from typing import ClassVar

import pulumi
import pulumi_aws as aws
from pydantic import Field, field_validator

from components import naming
from components.cache.aws import AwsCache, AwsCacheArgs
from components.cluster.aws import SERVICE_CIDR, VERSION, AwsCluster, AwsClusterArgs
from components.domain.aws import AwsDomain
from components.identity import require_apart
from components.identity.aws import Reach, role_name
from components.identity.aws_federation import AwsFederation
from components.identity.peers import GcpPeer
from components.network import PRIVATE, NetworkArgs, ipv4_network
from components.network.aws import AwsNetwork
from components.platforms.aws_services import AwsHandover, AwsServices, OnAws, connect, handed
from components.platforms.handover import take
from components.platforms.in_cloud import InCloud
from components.platforms.settings import CloudSettings, StackSettings, from_text, of_the_platform
from components.registry.aws import AwsRegistry
from components.secrets.aws import AwsKey
from components.secrets.aws_files import AwsSecretsDriver, Vault
from components.storage import StorageArgs
from components.storage.aws import AwsStorage
from components.validation import problem

REGIONS = (
    *("us-east-1", "us-east-2", "us-west-2", "ca-central-1", "sa-east-1"),
    *("eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-west-1", "eu-west-2", "eu-west-3"),
    *("ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2"),
)
"""With three zones and EKS Auto Mode: https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html"""


class AwsSettings(CloudSettings):
    """Keys of a stack of this platform."""

    regions: ClassVar[Sequence[str]] = REGIONS
    taken: ClassVar[Sequence[str]] = (SERVICE_CIDR,)

    account: str = Field(pattern=r"^[0-9]{12}$", examples=["123456789012"])
    """Another account is refused before anything is made there."""
    region: str = Field(examples=["eu-west-1"])
    peer: GcpPeer | None = None
    """A stack on Google Cloud: services of one name read their artifacts here and there, without keys."""

    _peer_written_as_text = field_validator("peer", mode="before")(from_text)
    _peer_of_the_platform = field_validator("peer", mode="before")(of_the_platform)

    @field_validator("admin_cidrs")
    @classmethod
    def _from_the_internet(cls, value: list[str]) -> list[str]:
        """https://docs.aws.amazon.com/eks/latest/userguide/config-cluster-endpoint.html"""
        for each in value:
            network = ipv4_network(each)
            if network and any(network.overlaps(private) for private in PRIVATE):
                raise problem(
                    f"must hold public addresses, which EKS sees, and {each!r} is private",
                    "name the public addresses that administrators come from; the network itself is let in anyway",
                )
        return value


class AwsPlatform(OnAws, InCloud):
    """EKS in a VPC of its own, with registry, cache, storage and one role a service."""

    def __init__(self, stack: str, settings: AwsSettings, services: Sequence[str], secrets: bool = False):
        prod, protect = settings.prod, settings.keeps_data
        owner, region, account = naming.fitted(stack), settings.region, settings.account
        provider, cloud = connect(region, account)
        zones = aws.get_availability_zones_output(
            state="available",
            filters=[{"name": "opt-in-status", "values": ["opt-in-not-required"]}],
            opts=pulumi.InvokeOutputOptions(provider=provider),
        ).names
        key = AwsKey("key", owner, account, region, protect, cloud)
        network_args = NetworkArgs(cidr=settings.network_cidr, owner=owner, way_out_per_zone=prod)
        network = AwsNetwork("network", network_args, region, zones, key, cloud)
        cluster_args = AwsClusterArgs(owner=owner, region=region, admin_cidrs=settings.admin_cidrs, protect=protect)
        self.cluster = AwsCluster("cluster", cluster_args, network, key, cloud)
        super().__init__(owner, self.cluster)
        images = f"{account}.dkr.ecr.{region}.amazonaws.com/{owner}"
        self.registry = AwsRegistry("registry", owner, images, key.arn, protect, provider, settings.signing_key, cloud)
        self.storage = AwsStorage("storage", StorageArgs(owner=owner, protect=protect), account, key, cloud)
        self._make_rooms(services if settings.signing_key else None)
        cache_args = AwsCacheArgs(
            owner=owner,
            replicas=2 if prod else 0,
            protect=protect,
            readers={self.namespace: self.services_namespace},
        )
        self.cache = AwsCache(
            "cache",
            cache_args,
            network,
            settings.network_cidr,
            key,
            pulumi.ResourceOptions.merge(cloud, self.scope),
        )
        issuer = self.cluster.issuer
        self.as_peer = {"issuer": issuer, "account": account}
        met = AwsFederation("peer", settings.peer, owner, issuer, cloud) if settings.peer else None
        vault = None
        if secrets:
            driver = AwsSecretsDriver("secrets", owner, self.cluster.name, VERSION, cloud)
            vault = Vault(region=region, key=key.arn, protect=protect, ready=[driver.add_on])
        self._reach = Reach(
            account=account,
            namespace=self.namespace,
            cluster=self.cluster.name,
            cluster_arn=self.cluster.arn,
            artifacts=self.storage.arn,
            key=key.arn,
            cache=self.cache.arn,
            cache_user=self.cache.user_arn,
            trust=met.trust if met else None,
            vault=vault,
        )
        self._cloud = cloud
        public = settings.named_domain(stack, owner)
        domain = AwsDomain("domain", public, provider, cloud) if public else None
        self._fill(self.registry, services, handed(region, self._reach), domain)


def open_platform(settings: StackSettings, services: Sequence[str], secrets: bool = False) -> AwsPlatform | AwsServices:
    """The platform of a stack; InvalidInput names every key of its settings that is wrong."""
    read = settings.read_as(AwsSettings)
    if settings.stack.startswith("sg-"):
        # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
        settings.refuse_name("must not begin with sg-, as security groups' ids do")
    require_apart(settings.file, {each: role_name(naming.fitted(settings.stack), each) for each in services})
    if not read.platform:
        return AwsPlatform(settings.stack, read, services, secrets)
    record, kubeconfig = take(settings, read, AwsHandover, ("account", "region"), services, secrets)
    return AwsServices(settings.stack, record, kubeconfig, read)
