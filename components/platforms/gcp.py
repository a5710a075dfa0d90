"""Google Cloud as a platform: wiring, its settings, and the truth about what is missing."""

from collections.abc import Sequence
from typing import ClassVar

import pulumi
import pulumi_gcp as gcp
from pydantic import Field, field_validator

from components import naming
from components.cache.gcp import GcpCache, GcpCacheArgs
from components.cluster.gcp import GcpCluster, GcpClusterArgs
from components.domain.gcp import GcpDomain
from components.identity import require_apart
from components.identity.gcp import Reach, account_id
from components.identity.gcp_federation import GcpFederation
from components.identity.peers import AwsPeer
from components.network import NetworkArgs
from components.network.gcp import SERVICE_CIDR, GcpNetwork
from components.platforms.gcp_apis import OF_DOMAINS, OF_SECRETS, GcpApis, after
from components.platforms.gcp_services import GcpHandover, GcpServices, OnGcp, handed
from components.platforms.handover import take
from components.platforms.in_cloud import InCloud
from components.platforms.settings import CloudSettings, StackSettings, from_text, of_the_platform
from components.registry.gcp import GcpRegistry, GcpRegistryArgs
from components.secrets.gcp import GcpKey, GcpKeyArgs
from components.secrets.gcp_files import Vault
from components.storage import StorageArgs
from components.storage.gcp import GcpStorage
from components.validation import problem

REGIONS = (
    *("us-central1", "us-east1", "us-east4", "us-west1", "us-west2", "us-west4"),
    *("northamerica-northeast1", "northamerica-northeast2", "southamerica-east1"),
    *("europe-central2", "europe-north1", "europe-southwest1", "europe-west1", "europe-west2", "europe-west3"),
    *("europe-west4", "europe-west6", "europe-west8", "europe-west9"),
    *("asia-east1", "asia-east2", "asia-northeast1", "asia-northeast2", "asia-northeast3"),
    *("asia-south1", "asia-south2", "asia-southeast1", "asia-southeast2", "australia-southeast1"),
)
"""With three zones and Memorystore for Valkey: https://cloud.google.com/memorystore/docs/valkey/locations"""

GOOGLES = "google"
"""https://cloud.google.com/storage/docs/buckets#naming"""


class GcpSettings(CloudSettings):
    """Keys of a stack of this platform."""

    regions: ClassVar[Sequence[str]] = REGIONS
    taken: ClassVar[Sequence[str]] = (SERVICE_CIDR,)

    project: str = Field(pattern=r"^[a-z][-a-z0-9]{4,28}[a-z0-9]$", examples=["tradewind-dev"])
    """Its id: https://cloud.google.com/resource-manager/docs/creating-managing-projects"""
    region: str = Field(examples=["europe-west1"])
    peer: AwsPeer | None = None
    """A stack on AWS: services of one name read their artifacts here and there, without keys."""

    _peer_written_as_text = field_validator("peer", mode="before")(from_text)
    _peer_of_the_platform = field_validator("peer", mode="before")(of_the_platform)

    @field_validator("project")
    @classmethod
    def _fit_for_buckets(cls, value: str) -> str:
        if GOOGLES in value:
            raise problem(f"must not hold {GOOGLES!r}, which no bucket's name may", "take another project")
        return value


class GcpPlatform(OnGcp, InCloud):
    """GKE Autopilot in a VPC of its own, with registry, cache, storage and one Google account a service."""

    def __init__(self, stack: str, settings: GcpSettings, services: Sequence[str], secrets: bool = False):
        owner, project, region = naming.fitted(stack), settings.project, settings.region
        prod, protect = settings.prod, settings.keeps_data
        provider = gcp.Provider("gcp", project=project, region=region)
        public = settings.named_domain(stack, owner)
        more = (*(OF_DOMAINS if public else ()), *(OF_SECRETS if secrets else ()))
        apis = GcpApis("apis", project, pulumi.ResourceOptions(providers=[provider]), more)
        cloud = pulumi.ResourceOptions(providers=[provider], transformations=[after(apis.on)])
        number = apis.project_number
        key_args = GcpKeyArgs(
            owner=owner, project=project, project_number=number, region=region, protect=protect, secrets=secrets
        )
        key = GcpKey("key", key_args, apis.on, cloud)
        network_args = NetworkArgs(cidr=settings.network_cidr, owner=owner)
        network = GcpNetwork("network", network_args, project, region, cloud)
        cluster_args = GcpClusterArgs(
            owner=owner,
            project=project,
            region=region,
            network_cidr=settings.network_cidr,
            admin_cidrs=settings.admin_cidrs,
            protect=protect,
            gateways=public is not None,
            secrets=secrets,
        )
        self.cluster = GcpCluster("cluster", cluster_args, network, key, cloud)
        super().__init__(owner, self.cluster)
        registry_args = GcpRegistryArgs(
            owner=owner, project=project, region=region, signing_key=settings.signing_key, protect=protect
        )
        self.registry = GcpRegistry("registry", registry_args, self.cluster.nodes, key, cloud)
        self.storage = GcpStorage("storage", StorageArgs(owner=owner, protect=protect), project, region, key, cloud)
        self._make_rooms(services if settings.signing_key else None)
        cache_args = GcpCacheArgs(
            owner=owner,
            project=project,
            region=region,
            # The small one has no SLA.
            size="medium" if prod else "small",
            replicas=2 if prod else 0,
            protect=protect,
            readers={self.namespace: self.services_namespace},
        )
        self.cache = GcpCache("cache", cache_args, network, key, pulumi.ResourceOptions.merge(cloud, self.scope))
        issuer = self.cluster.issuer
        self.as_peer = {"issuer": issuer, "project_number": number}
        met = (
            GcpFederation("peer", settings.peer, owner, project, issuer, self.namespace, cloud)
            if settings.peer
            else None
        )
        self._reach = Reach(
            project=project,
            namespace=self.namespace,
            workload_pool=self.cluster.workload_pool,
            bucket=self.storage.bucket,
            cache=self.cache.name,
            trust=met.trust if met else None,
            vault=Vault(project=project, region=region, key=key.id, protect=protect) if secrets else None,
        )
        self._cloud = cloud
        inside = pulumi.ResourceOptions.merge(cloud, self.scope)
        domain = GcpDomain("domain", public, project, network, apis.on, inside) if public else None
        self._fill(self.registry, services, handed(region, self._reach), domain)


def open_platform(settings: StackSettings, services: Sequence[str], secrets: bool = False) -> GcpPlatform | GcpServices:
    """The platform of a stack; InvalidInput names every key of its settings that is wrong."""
    read = settings.read_as(GcpSettings)
    if GOOGLES in settings.stack:
        settings.refuse_name(f"must not hold {GOOGLES!r}, which no bucket's name may")
    require_apart(settings.file, {each: account_id(naming.fitted(settings.stack), each) for each in services})
    if not read.platform:
        return GcpPlatform(settings.stack, read, services, secrets)
    record, kubeconfig = take(settings, read, GcpHandover, ("project", "region"), services, secrets)
    return GcpServices(settings.stack, record, kubeconfig, read)
