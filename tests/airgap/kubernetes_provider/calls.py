"""Calls of the plugin as the engine makes them, without one."""

from typing import Any

from provider.protocol import Resource, Values


def resource(
    api_version: str, kind: str, namespace: str | None, timeout: float = 20, name: str = "shop", **body: Any
) -> Resource:
    token = f"kubernetes:{api_version if '/' in api_version else f'core/{api_version}'}:{kind}"
    metadata = {"name": name, **({"namespace": namespace} if namespace else {}), **body.pop("metadata", {})}
    inputs = Values({"apiVersion": api_version, "kind": kind, "metadata": metadata, **body})
    return Resource(urn=f"urn:pulumi:t::t::{token}::{name}", name=name, type=token, inputs=inputs, timeout=timeout)
