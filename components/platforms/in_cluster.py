"""What every platform puts into its cluster alike, whoever runs it: namespaces, the wall, the entry's Gateway."""

from collections.abc import Sequence

import pulumi

from components import naming
from components.addons import GatewayController
from components.addons.entry import Entry, EntryArgs
from components.admission import Admission, AdmissionArgs
from components.cluster import Cluster, Door
from components.objects import RESTRICTED, Manifest, document, metadata
from components.service.access import nothing_allowed


class InCluster:
    """The part of a Platform that is Kubernetes and nothing else."""

    owner: str
    scope: pulumi.ResourceOptions
    namespace: str
    services_namespace: pulumi.Output[str]
    verifies: bool
    entry: pulumi.Output[str]
    gateway: pulumi.Output[str]
    entry_ready: Sequence[pulumi.Resource]
    callers: Sequence[str]

    def __init__(self, owner: str, cluster: Cluster):
        self.owner, self.scope, self._inside = owner, cluster.scope, cluster
        self._names = {room: naming.namespace(room, cluster.shared_with) for room in naming.ROOMS}
        self.namespace = self._names["models"]

    def _in_cluster(self) -> pulumi.ResourceOptions:
        assert isinstance(self._inside, pulumi.Resource)
        return pulumi.ResourceOptions.merge(self.scope, pulumi.ResourceOptions(parent=self._inside))

    def _make_rooms(self, verified: Sequence[str] | None) -> None:
        """A namespace a room, where only restricted pods run; among the services what no policy names is closed.

        `verified` as in AdmissionArgs.
        """
        self.verifies = verified is not None
        self._spaces = {room: self._room(room) for room in naming.ROOMS}
        self.services_namespace = self._spaces["models"]
        labels = naming.labels("models", self.owner, "models")
        meta = metadata("closed-by-default", self.services_namespace, labels)
        wall = document("networking.k8s.io/v1", "NetworkPolicy", meta, spec=nothing_allowed())
        Manifest("closed-by-default", wall, self._in_cluster())
        guards = AdmissionArgs(
            owner=self.owner, namespace=self.namespace, shared_with=self._inside.shared_with, verified=verified
        )
        Admission("admission", guards, self._in_cluster())

    def _room(self, room: str) -> pulumi.Output[str]:
        name = self._names[room]
        meta = metadata(name, None, {**naming.labels(name, self.owner, room), **RESTRICTED})
        made = Manifest(f"namespace-{room}", document("v1", "Namespace", meta), self._in_cluster())
        return made.id.apply(lambda _: name)

    def _open_entry(self, controller: GatewayController, door: Door, image: pulumi.Input[str] | None) -> Entry:
        args = EntryArgs(owner=self.owner, namespace=self.services_namespace, namespace_name=self.namespace, door=door)
        entry = Entry("entry", args, controller, image, self.scope)
        self.entry, self.gateway, self.entry_ready = entry.url, entry.gateway, controller.ready
        self.callers = [controller.namespace, self._names["monitoring"]]
        return entry
