"""The revisions of a release, each in a Secret, as Helm keeps them: `helm list` of a rehearsal's cluster would show them.

https://github.com/helm/helm/blob/v3.20.2/pkg/storage/driver/secrets.go
"""

import base64
import gzip
import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from airgap.kubernetes_provider.cluster import Cluster, Object

SECRET_TYPE = "helm.sh/release.v1"

Status = Literal["pending-install", "pending-upgrade", "deployed", "superseded", "uninstalling"]
PENDING: tuple[Status, ...] = ("pending-install", "pending-upgrade")


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


@dataclass(frozen=True, kw_only=True)
class Chart:
    """What Helm keeps of Chart.yaml."""

    name: str
    version: str
    appVersion: str = ""
    apiVersion: str = "v2"


@dataclass(frozen=True, kw_only=True)
class Revision:
    """One state that a release was in."""

    name: str
    namespace: str
    number: int
    status: Status
    chart: Chart
    values: Mapping[str, Any]
    """What was given; the chart's own are not among them."""
    resources: Mapping[str, list[str]] = field(default_factory=dict)
    """Names by `<group and version>/<kind>` of what its templates made."""
    description: str = ""
    first_deployed: str = field(default_factory=_now)
    deployed: str = field(default_factory=_now)

    @property
    def secret(self) -> str:
        return f"sh.helm.release.v1.{self.name}.v{self.number}"


class History:
    """All revisions of one release, in one cluster."""

    def __init__(self, cluster: Cluster, namespace: str, name: str):
        self._cluster, self._namespace, self._name = cluster, namespace, name

    def revisions(self) -> list[Revision]:
        """Oldest first; of a namespace that is not there, none."""
        chosen = f"owner=helm,name={self._name}"
        found = self._cluster.list("v1", "Secret", self._namespace, labelSelector=chosen)
        return sorted((decoded(each) for each in found), key=lambda each: each.number)

    def last(self) -> Revision | None:
        return next(reversed(self.revisions()), None)

    def add(self, revision: Revision, most: int = 0) -> None:
        """A further one. `most` bounds how many there are then, 0 does not; what is deployed stays."""
        old = self.revisions()
        surplus = len(old) + 1 - most if most else 0
        for each in [each for each in old if each.status != "deployed"][: max(0, surplus)]:
            self.remove(each)
        path = self._cluster.path("v1", "Secret", self._namespace)
        self._cluster.request("POST", path, body=encoded(revision, createdAt=str(int(time.time()))))

    def change(self, revision: Revision) -> None:
        """Writes it anew in its place."""
        path = self._cluster.path("v1", "Secret", self._namespace, revision.secret)
        self._cluster.request("PUT", path, body=encoded(revision, modifiedAt=str(int(time.time()))))

    def remove(self, revision: Revision) -> None:
        self._cluster.delete("v1", "Secret", self._namespace, revision.secret, "Background")


def encoded(revision: Revision, **labels: str) -> Object:
    """The Secret; Helm's driver encodes once, and so does the API server's `data`."""
    info = {
        "first_deployed": revision.first_deployed,
        "last_deployed": revision.deployed,
        "deleted": "",
        "description": revision.description,
        "status": revision.status,
    }
    release = {
        "name": revision.name,
        "namespace": revision.namespace,
        "version": revision.number,
        "info": info,
        "chart": {"metadata": asdict(revision.chart), "templates": None, "values": None},
        "config": revision.values,
        # Helm keeps the rendered templates here; the rehearsal renders none, and notes what it made in their place.
        "manifest": json.dumps(revision.resources),
    }
    text = base64.b64encode(gzip.compress(json.dumps(release).encode(), 9))
    own = {"owner": "helm", "name": revision.name, "status": revision.status, "version": str(revision.number)}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": SECRET_TYPE,
        "metadata": {"name": revision.secret, "namespace": revision.namespace, "labels": {**labels, **own}},
        "data": {"release": base64.b64encode(text).decode()},
    }


def decoded(secret: Object) -> Revision:
    """What `encoded` wrote."""
    found = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(secret["data"]["release"]))))
    info = found["info"]
    return Revision(
        name=found["name"],
        namespace=found["namespace"],
        number=found["version"],
        status=info["status"],
        chart=Chart(**found["chart"]["metadata"]),
        values=found.get("config") or {},
        resources=json.loads(found.get("manifest") or "{}"),
        description=info["description"],
        first_deployed=info["first_deployed"],
        deployed=info["last_deployed"],
    )


def standing(cluster: Cluster, chart: str) -> list[Revision]:
    """The releases of the chart that the cluster has, in whichever namespace."""
    chosen = {"labelSelector": "owner=helm,status=deployed"}
    found = [decoded(each) for each in json.loads(cluster.request("GET", "/api/v1/secrets", chosen))["items"]]
    return [each for each in found if each.chart.name == chart]
