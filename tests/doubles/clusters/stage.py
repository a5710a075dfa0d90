"""One pass over one cluster: what is there, what a controller reports of it, and what it makes beside it."""

import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from airgap.kubernetes_provider.cluster import Cluster, Object
from airgap.kubernetes_provider.errors import ApiError, NoKind
from tests.doubles.clusters.statuses import timestamp
from tests.doubles.clusters.where import Where
from tests.doubles.kubernetes.history import Revision, standing

PLAYER = "rehearsal"
"""Field manager, and source of events."""
CONTENT = "rehearsal.tradewind.dev/content"
"""Annotation on what a controller makes: what it was made of, so that it is written again only when that changes."""


class Stage:
    """What one pass sees is listed once, and kept up to date with what it reports."""

    def __init__(self, cluster: Cluster, where: Where):
        self.cluster, self.where = cluster, where
        self._lists: dict[tuple[str, str], list[Object]] = {}
        self._releases: dict[str, list[Revision]] = {}

    def all(self, api_version: str, kind: str) -> list[Object]:
        """In every namespace, oldest first; none of a kind that the cluster does not serve (yet, or any more)."""
        if (api_version, kind) not in self._lists:
            self._lists[api_version, kind] = self._listed(api_version, kind)
        return self._lists[api_version, kind]

    def _listed(self, api_version: str, kind: str) -> list[Object]:
        try:
            plural, _ = self.cluster.kind(api_version, kind)
            path = f"/{'apis' if '/' in api_version else 'api'}/{api_version}/{plural}"
            found = json.loads(self.cluster.request("GET", path))["items"]
        except NoKind:
            return []
        except ApiError as error:
            if error.status != 404:
                raise
            return []
        # Items of a list say their kind only where a definition serves them.
        whole = [{"apiVersion": api_version, "kind": kind, **each} for each in found]
        return sorted(whole, key=lambda each: (each["metadata"]["creationTimestamp"], *place(each)))

    def find(self, api_version: str, kind: str, namespace: str | None, name: str) -> Object | None:
        wanted = (namespace or "", name)
        return next((each for each in self.all(api_version, kind) if place(each) == wanted), None)

    def releases(self, chart: str) -> list[Revision]:
        """Of the chart, as the cluster has them recorded: what is not installed controls nothing."""
        if chart not in self._releases:
            self._releases[chart] = standing(self.cluster, chart)
        return self._releases[chart]

    def report(self, live: Object, status: Mapping[str, Any]) -> None:
        """Writes these fields of the status, where they are not so already."""
        before = live.get("status") or {}
        if {**before, **status} == before:
            return
        # The version makes it an error where the object has changed since: the next pass judges that one.
        body = {"metadata": {"resourceVersion": live["metadata"]["resourceVersion"]}, "status": status}
        with self._overtaken():
            answer = self.cluster.request(
                "PATCH",
                f"{self._path(live)}/status",
                {"fieldManager": PLAYER},
                body,
                content_type="application/merge-patch+json",
            )
            live.update(json.loads(answer))

    def warn(self, live: Object, reason: str, message: str) -> None:
        """An event on the object, once for each thing that is wrong."""
        metadata = live["metadata"]
        mark = hashlib.sha256(f"{metadata['uid']}{reason}{message}".encode()).hexdigest()[:16]
        namespace, name = metadata.get("namespace", "default"), f"{metadata['name']}.{mark}"
        if self.cluster.metadata("v1", "Event", namespace, name) is not None:
            return
        about = {key: metadata[key] for key in ("name", "namespace", "uid", "resourceVersion") if key in metadata}
        now = timestamp()
        event = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": name, "namespace": namespace},
            "involvedObject": {"apiVersion": live["apiVersion"], "kind": live["kind"], **about},
            "type": "Warning",
            "reason": reason,
            "message": message,
            "source": {"component": PLAYER},
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
        }
        self.make(event)

    def make(self, body: Object) -> None:
        """What must not be there yet."""
        path = self.cluster.path(body["apiVersion"], body["kind"], body["metadata"].get("namespace"))
        with self._overtaken():
            self.cluster.request("POST", path, {"fieldManager": PLAYER}, body)

    def ensure(self, body: Object) -> None:
        """That it is there as it is written here; nothing is asked of one that was made of the same."""
        content = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:16]
        live = self.find(body["apiVersion"], body["kind"], *place(body))
        if live is not None and (live["metadata"].get("annotations") or {}).get(CONTENT) == content:
            return
        metadata = body["metadata"]
        marked = {**metadata, "annotations": {**metadata.get("annotations", {}), CONTENT: content}}
        self.cluster.apply({**body, "metadata": marked}, PLAYER, force=True)

    def remove(self, live: Object) -> None:
        with self._overtaken():
            self.cluster.request("DELETE", self._path(live))

    def _path(self, live: Object) -> str:
        return self.cluster.path(live["apiVersion"], live["kind"], *place(live))

    @contextlib.contextmanager
    def _overtaken(self) -> Iterator[None]:
        """Somebody was quicker, or took it away: there is another pass."""
        try:
            yield
        except ApiError as error:
            if error.status not in (404, 409):
                raise


def place(live: Object) -> tuple[str, str]:
    """(namespace, name)."""
    return live["metadata"].get("namespace") or "", live["metadata"]["name"]
