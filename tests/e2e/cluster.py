"""The stack's API server, asked without any code of the project."""

import base64
import ssl
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

PASSING = (
    "Event",
    "Lease",
    "Endpoints",
    "EndpointSlice",
    "ReplicaSet",
    "ControllerRevision",
    "ComponentStatus",
    "IPAddress",
    "Pod",
)
"""Kinds whose objects come and go, are no objects, or have names by chance; pods are counted by their owner instead."""


TRIES = 30


@dataclass(frozen=True)
class Cluster:
    """One client; `get` raises for an answer that is no success."""

    http: httpx.Client

    @classmethod
    def of(cls, platform: Mapping[str, str]) -> "Cluster":
        """From the stack's output of that name."""
        config = yaml.safe_load(platform["kubeconfig"])
        [cluster], [user] = config["clusters"], config["users"]
        authority = base64.b64decode(cluster["cluster"]["certificate-authority-data"]).decode()
        context = ssl.create_default_context(cadata=authority)
        with tempfile.TemporaryDirectory() as folder:
            pair = [Path(folder) / name for name in ("crt", "key")]
            for path, field in zip(pair, ("client-certificate-data", "client-key-data"), strict=True):
                path.write_bytes(base64.b64decode(user["user"][field]))
            context.load_cert_chain(pair[0], pair[1])
        return cls(httpx.Client(base_url=cluster["cluster"]["server"], verify=context, timeout=30, trust_env=False))

    def get(self, path: str) -> dict[str, Any]:
        # A custom resource whose storage the API server is still opening answers 429.
        for _ in range(TRIES):
            if (answer := self.http.get(path)).status_code != 429:
                return answer.raise_for_status().json()
            time.sleep(float(answer.headers.get("retry-after", 1)))
        raise TimeoutError(f"{path} was refused {TRIES} times as too many requests")

    def post(self, path: str, body: object) -> dict[str, Any]:
        return self.http.post(path, json=body).raise_for_status().json()

    def patch(self, path: str, body: object) -> dict[str, Any]:
        """A merge patch."""
        kind = {"content-type": "application/merge-patch+json"}
        return self.http.patch(path, json=body, headers=kind).raise_for_status().json()

    def delete(self, path: str) -> None:
        self.http.delete(path).raise_for_status()

    def pods(self, namespace: str) -> list[dict[str, Any]]:
        """Those that are not on their way out."""
        found = self.get(f"/api/v1/namespaces/{namespace}/pods")["items"]
        return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]

    def uids(self) -> dict[str, str]:
        """Of each lasting object and of each pod, by kind, namespace and name."""
        found = {_title(kind, item): item["metadata"]["uid"] for kind, item in self._objects()}
        pods = self.get("/api/v1/pods")["items"]
        return found | {_title("Pod", pod): pod["metadata"]["uid"] for pod in pods}

    def inventory(self) -> list[str]:
        """A line for each lasting object, and for each pod its namespace and owner."""
        lines = [_title(kind, item) for kind, item in self._objects()]
        for pod in self.get("/api/v1/pods")["items"]:
            owners = pod["metadata"].get("ownerReferences", [{"name": pod["metadata"]["name"]}])
            lines.append(f"Pod {pod['metadata']['namespace']} of {owners[0]['name'].rpartition('-')[0]}")
        return sorted(lines)

    def _objects(self) -> Iterator[tuple[str, dict[str, Any]]]:
        groups = self.get("/apis")["groups"]
        versions = ["/api/v1", *(f"/apis/{group['preferredVersion']['groupVersion']}" for group in groups)]
        for version in versions:
            if "metrics" in version:  # measurements, no objects
                continue
            for resource in self.get(version)["resources"]:
                if "/" in resource["name"] or "list" not in resource["verbs"] or resource["kind"] in PASSING:
                    continue
                for item in self.get(f"{version}/{resource['name']}")["items"]:
                    yield resource["kind"], item


def _title(kind: str, item: Mapping[str, Any]) -> str:
    return f"{kind} {item['metadata'].get('namespace', '-')} {item['metadata']['name']}"
