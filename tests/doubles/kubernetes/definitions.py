"""The CustomResourceDefinitions that a chart brings: who owns them, when they are served, when they go."""

import contextlib
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from airgap.kubernetes_provider.cluster import Cluster, Object
from airgap.kubernetes_provider.errors import ApiError
from airgap.kubernetes_provider.readiness import KINDS
from airgap.kubernetes_provider.waiting import Tell, Waiter

API, KIND = "apiextensions.k8s.io/v1", "CustomResourceDefinition"
MANAGED, RELEASE, NAMESPACE = (
    "app.kubernetes.io/managed-by",
    "meta.helm.sh/release-name",
    "meta.helm.sh/release-namespace",
)

REMINDED = "rehearsal.tradewind.dev/reminded"
REMIND_S = 3.0

READY = KINDS[f"{API.partition('/')[0]}/{KIND}"]


class Definitions:
    """Those of one release."""

    def __init__(self, cluster: Cluster, name: str, namespace: str, stopping: threading.Event, tell: Tell):
        self._cluster, self._name, self._namespace = cluster, name, namespace
        self._stopping, self._tell = stopping, tell

    def fill(self, documents: Iterable[Object], timeout: float) -> None:
        """From a chart's folder `crds`: those that are there already stay as they are, whoever made them."""
        missing = [each for each in documents if self._metadata(each) is None]
        self._make(missing, timeout)

    def apply(self, documents: Iterable[Object], timeout: float) -> None:
        """From templates, marked as the release's own."""
        self._make([self._owned(each) for each in documents], timeout)

    def refuse_strangers(self, documents: Iterable[Object], doing: str) -> None:
        """Helm takes no object over that another release, or something else, made."""
        for each in documents:
            live = self._metadata(each)
            if live is not None and (problems := list(self._foreign(live))):
                name = each["metadata"]["name"]
                raise ValueError(
                    f'Unable to continue with {doing}: {KIND} {name!r} in namespace "" exists and cannot be imported '
                    f"into the current release: invalid ownership metadata; {'; '.join(problems)}"
                )

    def remove(self, names: Iterable[str], timeout: float) -> None:
        """With every object of their kinds."""
        with ThreadPoolExecutor(max_workers=4) as pool:
            list(pool.map(lambda name: self._remove(name, timeout), names))

    def _remove(self, name: str, timeout: float) -> None:
        if self._cluster.metadata(API, KIND, None, name) is None:
            return
        deadline = time.monotonic() + timeout
        deleted = self._cluster.delete(API, KIND, None, name, "Background")
        while True:
            try:
                return self._waiter(REMIND_S).until_gone(self._cluster, deleted, (API, KIND, None, name))
            except TimeoutError:
                if self._stopping.is_set() or time.monotonic() > deadline:
                    raise
            self._remind(name)

    def _remind(self, name: str) -> None:
        """The API server gives up on a definition whose storage was just coming up, until something of it changes."""
        mark = {"metadata": {"annotations": {REMINDED: str(time.time())}}}
        with contextlib.suppress(ApiError):  # it went at last
            path = self._cluster.path(API, KIND, None, name)
            self._cluster.request("PATCH", path, body=mark, content_type="application/merge-patch+json")

    def _make(self, documents: list[Object], timeout: float) -> None:
        if not documents:
            return
        with ThreadPoolExecutor(max_workers=4) as pool:
            made = list(pool.map(lambda each: self._cluster.apply(each, "helm", force=True), documents))
        waiter = self._waiter(timeout)
        for each in made:
            waiter.until_ready(self._cluster, each, READY)

    def _waiter(self, timeout: float) -> Waiter:
        return Waiter(timeout, self._stopping, self._tell)

    def _metadata(self, document: Object) -> Object | None:
        return self._cluster.metadata(API, KIND, None, document["metadata"]["name"])

    def _owned(self, document: Object) -> Object:
        found = document["metadata"]
        labels = {**found.get("labels", {}), MANAGED: "Helm"}
        annotations = {**found.get("annotations", {}), RELEASE: self._name, NAMESPACE: self._namespace}
        return {**document, "metadata": {**found, "labels": labels, "annotations": annotations}}

    def _foreign(self, live: Object) -> Iterable[str]:
        labels, annotations = live.get("labels") or {}, live.get("annotations") or {}
        for what, found, key, wanted in (
            ("label", labels, MANAGED, "Helm"),
            ("annotation", annotations, RELEASE, self._name),
            ("annotation", annotations, NAMESPACE, self._namespace),
        ):
            if key not in found:
                yield f'{what} validation error: missing key "{key}": must be set to "{wanted}"'
            elif found[key] != wanted:
                is_ = f'current value is "{found[key]}"'
                yield f'{what} validation error: key "{key}" must equal "{wanted}": {is_}'
