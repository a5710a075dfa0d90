"""A cluster: find, read, apply and delete objects of any kind that it serves."""

import json
from typing import Any
from urllib.parse import quote, urlencode

from airgap.kubernetes_provider.connection import Connections
from airgap.kubernetes_provider.errors import ApiError, NoKind
from airgap.kubernetes_provider.kubeconfig import Access

Object = dict[str, Any]

TIMEOUT_S = 30.0
_METADATA_ONLY = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"


class Cluster:
    """Safe for threads. Every method raises ApiError, NoKind or Unreachable."""

    def __init__(self, access: Access):
        self.namespace = access.namespace
        self.server = access.server
        self._connections = Connections(access)
        self._kinds: dict[str, dict[str, tuple[str, bool]]] = {}

    def request(
        self,
        method: str,
        path: str,
        query: dict[str, str] | None = None,
        body: Any = None,
        *,
        content_type: str = "application/json",
        accept: str = "application/json",
        timeout: float = TIMEOUT_S,
    ) -> bytes:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Accept": accept, **({"Content-Type": content_type} if data is not None else {})}
        target = f"{path}?{urlencode(query)}" if query else path
        status, answer = self._connections.send(method, target, data, headers, timeout)
        if not 200 <= status < 300:
            raise ApiError(status, answer)
        return answer

    def kind(self, api_version: str, kind: str, *, fresh: bool = False) -> tuple[str, bool]:
        """(plural, namespaced). A kind that was not there is asked for again: its definition may have come since."""
        known = None if fresh else self._kinds.get(api_version, {}).get(kind)
        if known is None:
            # No lock: two threads may ask for the same group, which is cheaper than all waiting for one.
            try:
                found = json.loads(self.request("GET", _group(api_version)))
            except ApiError as error:
                if error.status == 404:
                    raise NoKind(api_version, kind) from None
                raise
            self._kinds[api_version] = {
                each["kind"]: (each["name"], each["namespaced"])
                for each in found["resources"]
                if "/" not in each["name"]
            }
            known = self._kinds[api_version].get(kind)
        if known is None:
            raise NoKind(api_version, kind)
        return known

    def path(self, api_version: str, kind: str, namespace: str | None, name: str | None = None) -> str:
        plural, namespaced = self.kind(api_version, kind)
        path = _group(api_version)
        if namespaced:
            path += f"/namespaces/{quote(namespace or self.namespace, safe='')}"
        return f"{path}/{plural}" + (f"/{quote(name, safe=':')}" if name else "")

    def get(self, api_version: str, kind: str, namespace: str | None, name: str) -> Object:
        return json.loads(self.request("GET", self.path(api_version, kind, namespace, name)))

    def metadata(self, api_version: str, kind: str, namespace: str | None, name: str) -> Object | None:
        """The object's metadata alone, which is small whatever the object holds; None where it is gone."""
        try:
            path = self.path(api_version, kind, namespace, name)
            return json.loads(self.request("GET", path, accept=_METADATA_ONLY))["metadata"]
        except NoKind:
            return None
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def list(self, api_version: str, kind: str, namespace: str | None, **query: str) -> list[Object]:
        return json.loads(self.request("GET", self.path(api_version, kind, namespace), query)).get("items") or []

    def apply(self, body: Object, manager: str, *, dry_run: bool = False, force: bool = False) -> Object:
        """Server-side apply; unknown fields are errors. The object as it is (or, on a dry run, would be) then."""
        metadata = body["metadata"]
        query = {"fieldManager": manager, "force": str(force).lower(), "fieldValidation": "Strict"}
        if dry_run:
            query["dryRun"] = "All"
        path = self.path(body["apiVersion"], body["kind"], metadata.get("namespace"), metadata["name"])
        return json.loads(self.request("PATCH", path, query, body, content_type="application/apply-patch+yaml"))

    def delete(self, api_version: str, kind: str, namespace: str | None, name: str, propagation: str) -> Object:
        options = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": propagation}
        return json.loads(self.request("DELETE", self.path(api_version, kind, namespace, name), body=options))

    def pod_log(self, namespace: str, pod: str, **query: str) -> str:
        path = self.path("v1", "Pod", namespace, pod) + "/log"
        return self.request("GET", path, query, accept="*/*", timeout=5).decode("utf-8", "replace")


def _group(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
