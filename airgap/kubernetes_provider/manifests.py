"""Kubernetes YAML, read as Kubernetes reads it."""

from collections.abc import Iterator
from typing import Any

import yaml


class _Loader(yaml.CSafeLoader):
    """YAML 1.1 as kubectl takes it, except that dates stay text: JSON has none."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def decode(text: str, namespace: str | None = None) -> list[dict[str, Any]]:
    """The objects of a YAML text, Lists opened. `namespace` goes to those that name none."""
    found: list[dict[str, Any]] = []
    for document in yaml.load_all(text, _Loader):
        if document is None:
            continue
        if not isinstance(document, dict) or "kind" not in document or "apiVersion" not in document:
            keys = ", ".join(document) if isinstance(document, dict) else type(document).__name__
            raise ValueError(f"a YAML document lacks apiVersion or kind (it holds: {keys}). To fix: add both.")
        for each in flattened(document):
            if namespace and not (each.get("metadata") or {}).get("namespace"):
                each["metadata"] = {**(each.get("metadata") or {}), "namespace": namespace}
            found.append(each)
    return found


def flattened(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The object itself, or the items of a List, however deep."""
    if str(document.get("kind", "")).endswith("List") and isinstance(document.get("items"), list):
        for item in document["items"]:
            yield from flattened(item)
    else:
        yield document
