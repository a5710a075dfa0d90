"""One release: what Helm does with it, but that of its chart only the definitions come into the cluster."""

import threading
from dataclasses import replace
from typing import Any

from airgap.kubernetes_provider.cluster import Cluster
from airgap.kubernetes_provider.errors import ApiError
from provider.protocol import UNKNOWN, Created, Diff, Found, Resource, Values, compare
from provider.protocol.engine_log import EngineLog
from tests.doubles.kubernetes.charts import CHARTS, Published
from tests.doubles.kubernetes.definitions import API, KIND, Definitions
from tests.doubles.kubernetes.history import PENDING, Chart, History, Revision

TIMEOUT_S = 300.0
"""Where a program gives none: https://www.pulumi.com/registry/packages/kubernetes/api-docs/helm/v3/release/"""

REPLACING = ("name", "namespace")
TEMPLATED = f"{API}/{KIND}"
"""Under which `resourceNames` lists definitions."""


def diff(resource: Resource) -> Diff:
    """Of inputs alone, as the official provider has it: what happened to the cluster is told by a refresh."""
    changes = compare(resource.old_inputs.plain, resource.inputs.plain)
    return Diff(changes, frozenset(path for path in changes if path[0] in REPLACING))


class Release:
    """One call for one release."""

    def __init__(self, resource: Resource, cluster: Cluster, log: EngineLog, stopping: threading.Event):
        self._resource, self._inputs = resource, resource.inputs
        namespace, _, name = resource.id.rpartition("/")
        self.name, self.namespace = name or self._inputs.plain["name"], namespace or self._inputs.plain["namespace"]
        self._history = History(cluster, self.namespace, self.name)
        self._definitions = Definitions(
            cluster, self.name, self.namespace, stopping, lambda text: log.status(resource.urn, text)
        )

    def create(self) -> Created:
        """Half of an interrupted create is in the way of the next, as it is with Helm."""
        if self._history.last():
            raise ValueError("cannot re-use a name that is still in use")
        self._definitions.fill(self._chart.crds(), self._timeout)
        self._definitions.refuse_strangers(self._chart.templates(), "install")
        begun = self._revision(1, "pending-install")
        try:
            self._history.add(begun)
        except ApiError as error:
            raise ValueError(f"create: failed to create: {error}") from None
        return Created(f"{self.namespace}/{self.name}", self._finished(begun, "Install complete"))

    def update(self) -> Values:
        last = self._history.last()
        if last is None:
            raise ValueError(f'"{self.name}" has no deployed releases')
        if last.status in PENDING:
            raise ValueError("another operation (install/upgrade/rollback) is in progress")
        self._definitions.refuse_strangers(self._chart.templates(), "update")
        begun = replace(self._revision(last.number + 1, "pending-upgrade"), first_deployed=last.first_deployed)
        self._history.add(begun, int(self._inputs.get("maxHistory") or 0))
        values = self._finished(begun, "Upgrade complete")
        self._history.change(replace(last, status="superseded"))
        return values

    def read(self) -> Found | None:
        """What is given back as inputs is what was last released, by whomever."""
        last = self._history.last()
        if last is None:
            return None
        known = self._inputs.plain or {"name": self.name, "namespace": self.namespace, "chart": last.chart.name}
        live = {"values": dict(last.values), "version": last.chart.version}
        changed = {key: value for key, value in live.items() if (known.get(key) or type(value)()) != value}
        inputs = Values({**known, **changed}, self._inputs.secrets)
        return Found(f"{self.namespace}/{self.name}", outputs(inputs, last), inputs)

    def delete(self) -> None:
        last = self._history.last()
        if last is None:
            raise ValueError(f"uninstall: Release not loaded: {self.name}: release: not found")
        self._history.change(replace(last, status="uninstalling"))
        self._definitions.remove(last.resources.get(TEMPLATED, ()), self._timeout)
        for each in self._history.revisions():
            self._history.remove(each)

    @property
    def _chart(self) -> Published:
        return CHARTS[self._inputs.plain["chart"]]

    @property
    def _timeout(self) -> float:
        return self._resource.timeout or float(self._inputs.get("timeout") or TIMEOUT_S)

    def _revision(self, number: int, status: Any) -> Revision:
        chart = self._chart
        made = [each["metadata"]["name"] for each in chart.templates()]
        return Revision(
            name=self.name,
            namespace=self.namespace,
            number=number,
            status=status,
            chart=Chart(name=chart.name, version=chart.version, appVersion=chart.appVersion),
            values=self._inputs.get("values") or {},
            resources={TEMPLATED: made} if made else {},
            description=str(self._inputs.get("description") or ""),
        )

    def _finished(self, begun: Revision, said: str) -> Values:
        self._definitions.apply(self._chart.templates(), self._timeout)
        done = replace(begun, status="deployed", description=begun.description or said)
        self._history.change(done)
        return outputs(self._inputs, done)


def outputs(inputs: Values, revision: Revision) -> Values:
    """The state of a release, as the official provider gives it."""
    status = {
        "name": revision.name,
        "namespace": revision.namespace,
        "revision": revision.number,
        "status": revision.status,
        "chart": revision.chart.name,
        "version": revision.chart.version,
        "appVersion": revision.chart.appVersion,
    }
    return Values({**inputs.plain, "status": status, "resourceNames": dict(revision.resources)}, inputs.secrets)


def foreseen(inputs: Values) -> Values:
    """The same as a preview knows it; the official provider asks no cluster for it either."""
    return Values({**inputs.plain, "status": UNKNOWN, "resourceNames": UNKNOWN}, inputs.secrets)
