"""One Kubernetes object seen from Pulumi: its identity, what is applied, what goes into the state."""

import copy
import hashlib
from typing import Any

from airgap.kubernetes_provider.cluster import Object
from provider.protocol import UNKNOWN, PropertyPath, Resource, Values, at

ANNOTATION = "pulumi.com/"
MANAGER, FIRST_VERSION, APPLIED, IMPORTED = "__fieldManager", "__initialApiVersion", "__applied", "__imported"
INTERNAL = (MANAGER, FIRST_VERSION, APPLIED, IMPORTED)
"""Kept in the state beside the object. `__applied`: when our field manager last changed it, by the server's clock."""

_SERVER_DECIDES = ("uid", "resourceVersion", "creationTimestamp", "generation")


def type_of(token: str) -> tuple[str, str]:
    """(apiVersion, kind) of a Pulumi type: kubernetes:apps/v1:Deployment, kubernetes:core/v1:Pod."""
    _, _, rest = token.partition(":")
    version, _, kind = rest.rpartition(":")
    return version.removeprefix("core/"), kind


def identity(resource: Resource) -> tuple[str, str, str | None, str]:
    """(apiVersion, kind, namespace, name) of what is or was written: the id holds the place, the state the kind."""
    version, kind = type_of(resource.type)
    for values in (resource.state, resource.inputs):
        if isinstance(values.get("apiVersion"), str) and isinstance(values.get("kind"), str):
            version, kind = values.plain["apiVersion"], values.plain["kind"]
            break
    namespace, _, name = resource.id.rpartition("/")
    return version, kind, namespace or None, name


def id_of(live: Object) -> str:
    metadata = live["metadata"]
    return f"{metadata['namespace']}/{metadata['name']}" if metadata.get("namespace") else metadata["name"]


def manager_of(resource: Resource) -> str:
    """The field manager. One per URN, so that an apply repeated after a crash meets its own fields, not a conflict."""
    kept = resource.state.get(MANAGER)
    return (
        kept if isinstance(kept, str) else f"pulumi-kubernetes-{hashlib.sha256(resource.urn.encode()).hexdigest()[:8]}"
    )


def annotations(body: Any) -> dict[str, Any]:
    found = at(body, ("metadata", "annotations"))
    return found if isinstance(found, dict) else {}


def flag(body: Any, annotation: str) -> bool:
    """True where the object carries the annotation pulumi.com/<annotation>: "true"."""
    return str(annotations(body).get(ANNOTATION + annotation)).lower() == "true"


def pruned(value: Any) -> Any:
    """Without nulls: an optional argument that is None may arrive as one."""
    if isinstance(value, dict):
        return {key: pruned(each) for key, each in value.items() if each is not None}
    return [pruned(each) for each in value] if isinstance(value, list) else value


def body_of(inputs: Values) -> Object:
    """What is sent to the API server."""
    body = pruned({key: each for key, each in inputs.plain.items() if key not in INTERNAL})
    body.setdefault("metadata", {})
    return body


def applied_at(metadata: Object, manager: str) -> str | None:
    """When this manager last changed the object by an apply; None where it never did."""
    return next(
        (
            entry.get("time")
            for entry in metadata.get("managedFields") or []
            if entry.get("manager") == manager and entry.get("operation") == "Apply" and not entry.get("subresource")
        ),
        None,
    )


def outputs(live: Object, inputs: Values, manager: str, *, imported: bool = False) -> Values:
    """The state of a live object: everything but managedFields; secret where the inputs are, and a Secret's data."""
    metadata = {key: each for key, each in live.get("metadata", {}).items() if key != "managedFields"}
    plain = {**live, "metadata": metadata, MANAGER: manager}
    plain[FIRST_VERSION] = inputs.get("apiVersion") or live.get("apiVersion")
    if applied := applied_at(live.get("metadata", {}), manager):
        plain[APPLIED] = applied
    if imported:
        plain[IMPORTED] = True
    if live.get("kind") == "CustomResourceDefinition":
        plain["spec"] = _without_schemas(live.get("spec"))
    paths: set[PropertyPath] = {path for path in inputs.secrets if at(plain, path) is not None}
    if live.get("kind") == "Secret":
        paths |= {(key,) for key in ("data", "stringData") if key in plain}
    echoes = _places_of(inputs.secret_texts(), plain)
    within = {path for path in echoes if any(path[:length] in paths for length in range(1, len(path)))}
    return Values(plain, frozenset(paths | echoes - within))


def _places_of(texts: frozenset[str], value: Any, path: PropertyPath = ()) -> frozenset[PropertyPath]:
    """Where a secret text stands outside the inputs' own paths: stringData comes back as base64 under data."""
    if not texts:
        return frozenset()
    if isinstance(value, dict):
        return frozenset().union(*(_places_of(texts, each, (*path, key)) for key, each in value.items()))
    if isinstance(value, list):
        return frozenset().union(*(_places_of(texts, each, (*path, index)) for index, each in enumerate(value)))
    return frozenset({path}) if isinstance(value, str) and value in texts else frozenset()


def _without_schemas(spec: Any) -> Any:
    """The engine writes the whole state at each step, and a definition's schema may weigh a megabyte."""
    if not isinstance(spec, dict):
        return spec
    slim = copy.copy(spec)
    slim["versions"] = [
        {key: each for key, each in version.items() if key != "schema"} for version in spec.get("versions") or []
    ]
    return slim


def foreseen(inputs: Values, dry: Object | None) -> Object:
    """The object as a preview knows it: what a dry run (else the inputs) says, UNKNOWN for what the server decides.

    The SDK takes a missing top-level output for unknown, but a missing nested one for None: these are set.
    """
    foreseen = copy.deepcopy(dry if dry is not None else inputs.plain)
    if isinstance(metadata := foreseen.get("metadata"), dict):
        metadata.update(dict.fromkeys(_SERVER_DECIDES, UNKNOWN))
    foreseen["status"] = UNKNOWN
    spec = foreseen.get("spec")
    if foreseen.get("kind") == "Service" and isinstance(spec, dict) and spec.get("type") != "ExternalName":
        for key in ("clusterIP", "clusterIPs"):
            if inputs.get("spec", key) is None:
                spec[key] = UNKNOWN
    return foreseen
