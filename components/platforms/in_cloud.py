"""What every cloud puts into its cluster alike: the add-ons from their published charts."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from components.addons.charts import Published
from components.addons.entry import METRICS_PORT
from components.addons.prometheus import PrometheusArgs
from components.cluster import cloud
from components.domain import Domain
from components.planning import DEFAULT_SYNC_S
from components.platforms.handover import VERSION
from components.platforms.in_cluster import InCluster
from components.registry import Registry


class InCloud(InCluster):
    """A Platform over a cluster and a registry that a cloud runs."""

    kind: str
    node_selector: Mapping[str, str] = {"kubernetes.io/arch": cloud.ARCHITECTURE}
    prometheus: str
    scaler_ready: Sequence[pulumi.Resource]
    processor = None
    scaler_sync_s = DEFAULT_SYNC_S
    outputs: Mapping[str, Any]
    handover: Mapping[str, Any]
    as_peer: Mapping[str, pulumi.Input[str]]
    """What a stack in the other cloud writes under `peer` to know this one."""

    def _fill(
        self, registry: Registry, services: Sequence[str], reach: Mapping[str, Any], domain: Domain | None
    ) -> None:
        """Scaler, entry and Prometheus; then what the stack gives out is known, `reach` being the cloud's own of it.

        No domain: the entry is internal.
        """
        addons = Published("addons", self.owner, self.scope)
        entry = self._open_entry(addons, domain.door if domain else self._inside.entry_door, None)
        args = PrometheusArgs(
            owner=self.owner,
            namespace=self._spaces["monitoring"],
            namespace_name=self._names["monitoring"],
            services=services,
            services_namespace=self.namespace,
            envoys=entry.pods,
            envoys_port=METRICS_PORT,
        )
        self.prometheus = addons.watch("prometheus", args)
        self.scaler_ready = addons.scaler_ready
        self.outputs = {
            "kind": self.kind,
            "kubeconfig": self._inside.kubeconfig,
            "context": self._inside.context,
            "registry": registry.address,
            "entry": self.entry,
            "prometheus": self.prometheus,
            "as_peer": self.as_peer,
        }
        self.handover = {
            **{key: value for key, value in self.outputs.items() if key != "kubeconfig"},
            **reach,
            "version": VERSION,
            "services": services,
            "namespace": self.services_namespace,
            "callers": self.callers,
            "gateway": self.gateway,
        }
