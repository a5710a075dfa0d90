"""A cluster as a test has it: passes over it, objects put into it, and what came of them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from airgap.kubernetes_provider.cluster import Cluster, Object
from airgap.kubernetes_provider.provider import Kubernetes
from provider.protocol import Created, InitFailed, Resource, Values
from tests.doubles.clusters.controllers import Where, play
from tests.support.api_server import ApiServer


@dataclass
class Played:
    """One cluster, and the cloud around it."""

    server: ApiServer
    where: Where
    namespace: str

    @property
    def cluster(self) -> Cluster:
        return self.server.cluster

    def pass_(self, *unplayed: str, times: int = 1) -> None:
        for _ in range(times):
            play(self.cluster, replace(self.where, unplayed=frozenset(unplayed)))

    def make(self, api_version: str, kind: str, name: str, **parts: Any) -> Object:
        metadata = {"name": name, **parts.pop("metadata", {})}
        if self.cluster.kind(api_version, kind)[1]:
            metadata = {"namespace": self.namespace, **metadata}
        return self.cluster.apply(
            {"apiVersion": api_version, "kind": kind, "metadata": metadata, **parts}, "tests", force=True
        )

    def get(self, made: Object) -> Object:
        metadata = made["metadata"]
        return self.cluster.get(made["apiVersion"], made["kind"], metadata.get("namespace"), metadata["name"])

    def status(self, made: Object) -> dict[str, Any]:
        return self.get(made).get("status") or {}

    def told(self, made: Object, *kinds: str) -> dict[str, tuple[str, str]]:
        """(status, reason) by condition, each of the present generation where it says so."""
        live = self.get(made)
        found = (live.get("status") or {}).get("conditions") or []
        generation = live["metadata"]["generation"]
        assert {each.get("observedGeneration", generation) for each in found} <= {generation}
        return {each["type"]: (each["status"], each["reason"]) for each in found if not kinds or each["type"] in kinds}

    def message(self, made: Object, kind: str) -> str:
        [found] = [each["message"] for each in self.status(made)["conditions"] if each["type"] == kind]
        return found

    def events(self, made: Object) -> list[str]:
        metadata = made["metadata"]
        found = self.cluster.list("v1", "Event", metadata.get("namespace", "default"))
        return [
            f"{each['reason']}: {each['message']}"
            for each in found
            if each["involvedObject"]["uid"] == metadata["uid"] and each["source"].get("component") == "rehearsal"
        ]

    def end(self, made: Object) -> None:
        metadata = made["metadata"]
        self.cluster.delete(made["apiVersion"], made["kind"], metadata.get("namespace"), metadata["name"], "Background")

    @contextmanager
    def playing(self, *unplayed: str) -> Iterator[None]:
        """Pass after pass, as beside a real stack."""
        done = threading.Event()

        def passes() -> None:
            while not done.wait(0.2):
                self.pass_(*unplayed)

        thread = threading.Thread(target=passes)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def create(
        self, api_version: str, kind: str, annotations: dict[str, str], spec: dict[str, Any], **more: Any
    ) -> Created:
        """By our provider, which waits until it is ready."""
        plugin = Kubernetes()
        plugin.configure(Values({"kubeconfig": self.server.kubeconfig}))
        metadata = {"namespace": self.namespace, "name": "awaited", "annotations": annotations}
        inputs = Values({"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec})
        token = f"kubernetes:{api_version if '/' in api_version else f'core/{api_version}'}:{kind}"
        return plugin.create(
            Resource(urn=f"urn:pulumi:t::t::{token}::awaited", name="awaited", type=token, inputs=inputs, **more)
        )

    def awaited(self, api_version: str, kind: str, annotations: dict[str, str], spec: dict[str, Any]) -> str:
        """What our provider says of one whose kind alone nobody plays, after a second; it has no status then."""
        with self.playing(kind), pytest.raises(InitFailed) as failed:
            self.create(api_version, kind, annotations, spec, timeout=1)
        self.cluster.delete(api_version, kind, self.namespace, "awaited", "Background")
        assert f"{kind} {self.namespace}/awaited is there but not ready: timed out after" in str(failed.value)
        return str(failed.value)
