"""One Linux machine as a platform: wiring, and the truth about what is missing."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pulumi
from pydantic import ConfigDict, Field

from airgap.paths import CHECKOUT_ID
from components import naming
from components.addons import AddonArgs, Existing
from components.addons.entry import METRICS_PORT
from components.addons.envoy_gateway import EnvoyGateway, EnvoyGatewayArgs
from components.addons.keda import Keda
from components.addons.prometheus import Prometheus, PrometheusArgs
from components.cache.local import LocalCache, LocalCacheArgs
from components.card import Size
from components.cluster import GivenCluster
from components.cluster.local import LocalCluster, LocalClusterArgs
from components.identity import Identity, IdentityArgs
from components.identity.local import LocalIdentity
from components.objects import Document
from components.platforms import Feature, Resources, require
from components.platforms.in_cluster import InCluster
from components.platforms.settings import Common, StackSettings
from components.registry.local import LocalRegistry
from components.validation import InvalidFile
from provider.resources import Image

SIZES: Mapping[Size, Resources] = {
    "small": Resources(cpu_request="100m", cpu_limit="400m", memory_request="256Mi", memory_limit="512Mi"),
    "medium": Resources(cpu_request="250m", cpu_limit="1", memory_request="512Mi", memory_limit="1Gi"),
    "large": Resources(cpu_request="500m", cpu_limit="2", memory_request="1Gi", memory_limit="2Gi"),
}
"""CPU is capped, since replicas add capacity on one machine only where each is bounded."""

CLUSTER_KEYS = ("kubeconfig", "context", "registry")


class LocalSettings(Common):
    """Keys of a stack of this platform."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    kubeconfig: str | None = Field(default=None, min_length=1, examples=["~/clusters/lab.yaml"])
    """File of a cluster that somebody else runs. With `context` and `registry`, or none of the three."""
    context: str | None = Field(default=None, min_length=1, examples=["lab"])
    registry: str | None = Field(default=None, pattern=r"^[\w.-]+(:\d+)?(/[\w./-]+)?$", examples=["127.0.0.1:5001"])


class LocalPlatform(InCluster):
    """A cluster on this machine, or one that the stack names, with add-ons, cache and registry."""

    kind = "local"
    lacks: Mapping[Feature, str] = {
        Feature.NODE_AUTOSCALING: "one fixed node; replicas grow until it is full",
        Feature.CLOUD_IDENTITY: "there is no cloud around the cluster",
        Feature.CROSS_CLOUD_IDENTITY: "no cloud can reach this machine to check its tokens",
        Feature.DURABLE_CACHE: "Valkey keeps its keys in the memory of one pod",
        Feature.LAYERS: "the node goes with its stack, and would take another's services along",
    }
    sizes = SIZES
    node_selector: Mapping[str, str] = {}
    ways_out: Sequence[Document] = ()
    handover: Mapping[str, Any] = {}

    def __init__(
        self,
        stack: str,
        registry: str | None,
        given: GivenCluster | None,
        services: Sequence[str],
        signing_key: str | None = None,
    ):
        args = LocalClusterArgs(stack=stack, given=given, registry=registry)
        self.cluster = LocalCluster("cluster", args)
        super().__init__(naming.fitted(stack, CHECKOUT_ID), self.cluster)
        existing = self._look(given) if given else Existing()

        self.registry = LocalRegistry("registry", self.cluster.registry, signing_key)
        self._make_rooms(services if signing_key else None)
        self._add_scaler(existing)
        self._add_entry(existing)
        self._add_prometheus(services)
        cache_args = LocalCacheArgs(
            namespace=self._spaces["cache"],
            namespace_name=self._names["cache"],
            readers={self.namespace: self.services_namespace},
            owner=self.owner,
        )
        self.cache = LocalCache("cache", cache_args, self._own("valkey"), self.scope)
        self.outputs = {
            "kind": self.kind,
            "kubeconfig": self.cluster.kubeconfig,
            "context": self.cluster.context,
            "registry": self.cluster.registry,
            "entry": self.entry,
            "prometheus": self._prometheus.url,
            "as_peer": {},
        }

    def image(self, name: str, source: str) -> Image:
        return self.registry.image(name, source)

    def _own(self, name: str) -> pulumi.Output[str]:
        """The image of a part of the platform itself."""
        return self.image(name, f"platform:{name}").ref

    def identity(self, name: str, args: IdentityArgs, opts: pulumi.ResourceOptions) -> Identity:
        return LocalIdentity(name, args, opts)

    def _look(self, given: GivenCluster) -> Existing:
        from components.addons.existing import look  # with the Kubernetes client, a second of every other plan
        from components.cluster.given import connect

        return look(connect(given), self.owner, list(self._names.values()))

    def _add_scaler(self, existing: Existing) -> None:
        image = None if existing.keda else self._own("keda")
        self._keda = Keda("keda", AddonArgs(owner=self.owner, installed=existing.keda), image, self.scope)

    def _add_entry(self, existing: Existing) -> None:
        image = None if existing.envoy_gateway else self._own("envoy-gateway")
        gateway_args = EnvoyGatewayArgs(
            owner=self.owner,
            installed=existing.envoy_gateway,
            gateway_api_installed=existing.gateway_api,
            namespace=existing.envoy_gateway_namespace,
            gateway_class=existing.gateway_class,
        )
        controller = EnvoyGateway("envoy-gateway", gateway_args, image, self.scope)
        self._entry = self._open_entry(controller, self.cluster.entry_door, self._own("envoy"))

    def _add_prometheus(self, services: Sequence[str]) -> None:
        args = PrometheusArgs(
            owner=self.owner,
            namespace=self._spaces["monitoring"],
            namespace_name=self._names["monitoring"],
            services=services,
            services_namespace=self.namespace,
            envoys=self._entry.pods,
            envoys_port=METRICS_PORT,
        )
        self._prometheus = Prometheus(
            "prometheus",
            args,
            self._own("prometheus"),
            self.cluster.prometheus_door,
            self.scope,
        )
        self.prometheus = self._prometheus.address
        self.scaler_ready = [*self._keda.ready, *self._prometheus.ready]
        self.scaler_sync_s, self.processor = self.cluster.scaler_sync_s, self.cluster.processor


def open_platform(settings: StackSettings, services: Sequence[str], secrets: bool = False) -> LocalPlatform:
    """The platform of a stack; InvalidInput where its settings name half a cluster, or one that does not answer.

    Secrets need nothing of it: the API server keeps them, and the kubelet mounts them.
    """
    read = settings.read_as(LocalSettings)
    if read.layer:
        require(LocalPlatform.kind, LocalPlatform.lacks, [Feature.LAYERS], f"{settings.file}: layer: {read.layer}")
    missing = [key for key in CLUSTER_KEYS if getattr(read, key) is None]
    if 0 < len(missing) < len(CLUSTER_KEYS):
        raise InvalidFile(
            settings.file,
            (
                f"tradewind:{key} is missing, and {', '.join(CLUSTER_KEYS)} mean a cluster only together. "
                f"To fix: `pulumi config set {key} <value>`, or remove the others."
                for key in missing
            ),
        )
    given = None
    if read.kubeconfig and read.context:
        from components.cluster.given import read_given  # as above

        given = read_given(Path(read.kubeconfig), read.context, settings.file)
    return LocalPlatform(settings.stack, read.registry, given, services, read.signing_key)
