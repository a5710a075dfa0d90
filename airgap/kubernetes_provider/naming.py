"""Names for objects whose program gives none, as pulumi-kubernetes makes them: <resource name>-<8 hex digits>."""

import hashlib
import re
import secrets
from typing import Any

from airgap.kubernetes_provider.objects import ANNOTATION, flag
from provider.protocol import Resource, at

AUTONAMED = ANNOTATION + "autonamed"
LONGEST_BASE = 54  # with the suffix 63, the limit of what Kubernetes copies into labels


def named(resource: Resource, body: dict[str, Any]) -> dict[str, Any]:
    """`body` with metadata.name: its own, the one it had, or a new one. The seed makes a replacement's name differ."""
    metadata = body.get("metadata")
    if not isinstance(metadata, dict) or "name" in metadata:
        return body
    prefix = metadata.get("generateName")
    if prefix is not None and not isinstance(prefix, str):
        return body  # not known yet
    old = resource.old_inputs.plain
    if flag(old, "autonamed") and at(old, ("metadata", "generateName")) == prefix:
        name = old["metadata"]["name"]
    else:
        seed = resource.seed or secrets.token_bytes(8)
        suffix = hashlib.sha256(seed + resource.urn.encode()).hexdigest()[:8]
        base = re.sub(r"[^a-z0-9.-]+", "-", resource.name.lower()).strip("-.")[:LONGEST_BASE]
        name = f"{prefix[:LONGEST_BASE]}{suffix}" if prefix else f"{base or 'object'}-{suffix}"
    given = metadata.get("annotations")
    marks = {**(given or {}), AUTONAMED: "true"} if given is None or isinstance(given, dict) else given
    return {**body, "metadata": {**metadata, "name": name, "annotations": marks}}
