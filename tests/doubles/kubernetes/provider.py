"""The plugin: each call goes to ours, but for those of a release."""

from airgap.kubernetes_provider.objects import pruned
from airgap.kubernetes_provider.provider import Kubernetes
from provider.protocol import Checked, Created, Diff, Found, Resource, Values
from tests.doubles.kubernetes import RELEASE, charts, release


class Rehearsed(Kubernetes):
    """Our provider, which besides records releases where the official one would install charts."""

    def check(self, resource: Resource) -> Checked:
        if resource.type != RELEASE:
            return super().check(resource)
        inputs = pruned(resource.inputs.plain)
        inputs.setdefault("namespace", self.settings.namespace or "default")
        return Checked(Values(inputs, resource.inputs.secrets), list(charts.problems(inputs)))

    def diff(self, resource: Resource) -> Diff:
        return release.diff(resource) if resource.type == RELEASE else super().diff(resource)

    def create(self, resource: Resource) -> Created:
        if resource.type != RELEASE:
            return super().create(resource)
        return Created("", release.foreseen(resource.inputs)) if resource.preview else self._release(resource).create()

    def read(self, resource: Resource) -> Found | None:
        return self._release(resource).read() if resource.type == RELEASE else super().read(resource)

    def update(self, resource: Resource) -> Values:
        if resource.type != RELEASE:
            return super().update(resource)
        return release.foreseen(resource.inputs) if resource.preview else self._release(resource).update()

    def delete(self, resource: Resource) -> None:
        return self._release(resource).delete() if resource.type == RELEASE else super().delete(resource)

    def _release(self, resource: Resource) -> release.Release:
        return release.Release(resource, self.cluster, self.log, self.stopping)
