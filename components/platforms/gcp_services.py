"""Google Cloud as services see it: what they may take of it, whichever stack has made the platform."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_gcp as gcp

from components.card import Size
from components.identity import Identity, IdentityArgs
from components.identity.gcp import GcpIdentity, Reach
from components.identity.gcp_federation import GcpTrust
from components.identity.peers import AwsPeer
from components.platforms import Feature, Resources
from components.platforms.egress import PUBLIC_HTTPS, credentials_at
from components.platforms.handover import Handover
from components.platforms.in_hand import InHand
from components.platforms.settings import CloudSettings
from components.registry.gcp import GcpImages
from components.secrets.gcp_files import Vault
from provider.resources import Image

SIZES: Mapping[Size, Resources] = {
    "small": Resources(cpu_request="500m", cpu_limit="500m", memory_request="512Mi", memory_limit="512Mi"),
    "medium": Resources(cpu_request="1", cpu_limit="1", memory_request="1Gi", memory_limit="1Gi"),
    "large": Resources(cpu_request="2", cpu_limit="2", memory_request="4Gi", memory_limit="4Gi"),
}
"""Autopilot charges what is requested, makes limits equal to it, and wants 1 to 6.5 GiB a core.

https://cloud.google.com/kubernetes-engine/docs/concepts/autopilot-resource-requests
"""

METADATA_SERVER = "169.254.169.254"
"""As Dataplane V2 sees it: https://cloud.google.com/kubernetes-engine/docs/how-to/network-policy#network-policy-and-workload-identity"""


class MetAws(AwsPeer):
    """The peer of a platform, and the pool in which the platform has made it known to Google."""

    issuer_here: str
    pool: str


class GcpHandover(Handover):
    project: str
    region: str
    workload_pool: str
    bucket: str
    cache: str
    peer: MetAws | None = None


def handed(region: str, reach: Reach) -> dict[str, Any]:
    """The part of GcpHandover that is Google's own."""
    trust = reach.trust
    return {
        "project": reach.project,
        "region": region,
        "workload_pool": reach.workload_pool,
        "bucket": reach.bucket,
        "cache": reach.cache,
        "peer": {**trust.peer.model_dump(), "issuer_here": trust.issuer, "pool": trust.pool} if trust else None,
        **({"secrets_key": reach.vault.key} if reach.vault else {}),
    }


class OnGcp:
    """The part of a Platform that is Google Cloud's own, beyond the cluster."""

    kind = "gcp"
    lacks: Mapping[Feature, str] = {}
    sizes = SIZES
    ways_out = (credentials_at(METADATA_SERVER), PUBLIC_HTTPS)
    registry: GcpImages
    _reach: Reach
    _cloud: pulumi.ResourceOptions

    def image(self, name: str, source: str) -> Image:
        return self.registry.image(name, source)

    def identity(self, name: str, args: IdentityArgs, opts: pulumi.ResourceOptions) -> Identity:
        return GcpIdentity(name, args, self._reach, pulumi.ResourceOptions.merge(self._cloud, opts))


class GcpServices(OnGcp, InHand):
    """GKE with all around it, made by another stack; images and accounts of services are this one's own."""

    def __init__(self, stack: str, record: GcpHandover, kubeconfig: pulumi.Output[str], settings: CloudSettings):
        super().__init__(stack, record, kubeconfig, settings)
        self._cloud = pulumi.ResourceOptions(
            providers=[gcp.Provider("gcp", project=record.project, region=record.region)]
        )
        self.registry = GcpImages("registry", record.registry, settings.signing_key, self._cloud)
        met, namespace = record.peer, record.namespace
        trust = GcpTrust(peer=met, issuer=met.issuer_here, namespace=namespace, pool=met.pool) if met else None
        vault, kept_by = None, record.secrets_key
        if kept_by:
            vault = Vault(project=record.project, region=record.region, key=kept_by, protect=settings.keeps_data)
        self._reach = Reach(
            project=record.project,
            namespace=namespace,
            workload_pool=record.workload_pool,
            bucket=record.bucket,
            cache=record.cache,
            trust=trust,
            vault=vault,
        )
