"""The provider: each call of the protocol, in terms of one object in one cluster."""

import threading
from typing import Any

from airgap.kubernetes_provider import configuration, drift, manifests, objects, unsupported
from airgap.kubernetes_provider.cluster import Cluster
from airgap.kubernetes_provider.condition import checks
from airgap.kubernetes_provider.connection import Unreachable
from airgap.kubernetes_provider.deletion import delete
from airgap.kubernetes_provider.errors import ApiError, NoKind
from airgap.kubernetes_provider.kubeconfig import access
from airgap.kubernetes_provider.naming import named
from airgap.kubernetes_provider.replacement import replacing
from airgap.kubernetes_provider.settings import Settings, read
from airgap.kubernetes_provider.writing import Writer
from provider.protocol import Checked, Created, Diff, Found, Plugin, Resource, Values, compare

VERSION = "4.34.2"
"""Of the SDK that it serves: the engine warns of a lower one. A test compares it with the installed SDK."""


class Kubernetes(Plugin):
    name, version = "kubernetes", VERSION

    def __init__(self) -> None:
        super().__init__()
        self.settings = Settings()
        self._cluster: Cluster | None = None
        self._lock = threading.Lock()
        self._warned = False

    @property
    def cluster(self) -> Cluster:
        """Opened at the first need: a preview of nothing asks no cluster."""
        with self._lock:
            if self._cluster is None:
                self._cluster = Cluster(access(self.settings))
            return self._cluster

    def check_config(self, config: Values) -> Checked:
        return configuration.check(config)

    def diff_config(self, old: Values, new: Values) -> Diff:
        return configuration.diff(old, new)

    def configure(self, config: Values) -> None:
        self.settings, self._cluster = read(config.plain), None

    def check(self, resource: Resource) -> Checked:
        version, kind = objects.type_of(resource.type)
        body = {"apiVersion": version, "kind": kind, **objects.pruned(resource.inputs.plain)}
        body.setdefault("metadata", {})
        failures = unsupported.reasons(kind, body)
        try:
            checks(body)
        except ValueError as error:
            failures.append(("metadata.annotations", str(error)))
        return Checked(Values(named(resource, body), resource.inputs.secrets), failures)

    def diff(self, resource: Resource) -> Diff:
        try:
            return self._diff(resource)
        except Unreachable as error:
            # Without a cluster the inputs can still be compared, and a no-change preview stays possible.
            if not self._warned:
                self._warned = True
                self.log.warning(resource.urn, f"only inputs are compared: {error}")
            return self._diff(resource, look=False)

    def _diff(self, resource: Resource, *, look: bool = True) -> Diff:
        old = Values(objects.pruned(resource.old_inputs.plain))
        changes = drift.import_changes(resource, self.cluster) if look else None
        if changes is None:
            changes = compare(old.plain, objects.pruned(resource.inputs.plain))
        place = ("metadata", "namespace")
        if place in changes and self._home(resource.inputs) == self._home(resource.state):
            del changes[place]
        if not changes:
            why = drift.interrupted(resource, self.cluster) if look else None
            if why:
                self.log.info(resource.urn, f"nothing changed in the program, but {why}: it is applied again")
            return Diff({("metadata",): "update"} if why else {})
        replaces = replacing(resource, changes, self.settings, self.cluster)
        # Two objects of one name cannot stand side by side. An autonamed one gets a new name when it is replaced.
        same_name = resource.inputs.get("metadata", "name") == old.get("metadata", "name") and place not in replaces
        in_the_way = same_name and not objects.flag(resource.inputs.plain, "autonamed")
        return Diff(changes, replaces, bool(replaces) and in_the_way)

    def _home(self, values: Values) -> Any:
        """The namespace meant; none written is the default one."""
        return values.get("metadata", "namespace") or self.cluster.namespace

    def create(self, resource: Resource) -> Created:
        return self._writer(resource).create()

    def update(self, resource: Resource) -> Values:
        return self._writer(resource).update()

    def _writer(self, resource: Resource) -> Writer:
        return Writer(resource, self.cluster, self.settings, self.log, self.stopping)

    def read(self, resource: Resource) -> Found | None:
        version, kind, namespace, name = objects.identity(resource)
        manager = objects.manager_of(resource)
        try:
            live = self.cluster.get(version, kind, namespace, name)
        except NoKind:
            return None
        except ApiError as error:
            if error.status == 404:
                return None
            raise
        if not resource.inputs:
            inputs = drift.inputs_from(live)
            return Found(resource.id, objects.outputs(live, inputs, manager, imported=True), inputs)
        try:
            wanted = self.cluster.apply(objects.body_of(resource.inputs), manager, dry_run=True, force=True)
        except (ApiError, NoKind):
            wanted = None
        inputs = drift.drifted(resource.inputs, live, wanted)
        imported = resource.state.get(objects.IMPORTED) is True
        return Found(resource.id, objects.outputs(live, inputs, manager, imported=imported), inputs)

    def delete(self, resource: Resource) -> None:
        try:
            delete(resource, self.cluster, self.log, self.stopping)
        except Unreachable as error:
            if not self.settings.forget_unreachable:
                raise
            self.log.warning(resource.urn, f"dropped from the state only: {error}")

    def invoke(self, token: str, arguments: Values) -> dict[str, Any]:
        if token == "kubernetes:yaml:decode":  # noqa: S105
            decoded = manifests.decode(arguments.get("text") or "", arguments.get("defaultNamespace"))
            return {"result": decoded}
        raise unsupported.function(token)

    def construct(self, request: Any) -> Any:
        from airgap.kubernetes_provider.config_group import construct  # only programs with yaml/v2 pay for it

        return construct(request, self.secrecy)
