"""What is true in the cluster, beside what the state says."""

import base64
from typing import Any

from airgap.kubernetes_provider.cluster import Cluster, Object
from airgap.kubernetes_provider.errors import ApiError, NoKind
from airgap.kubernetes_provider.objects import APPLIED, IMPORTED, applied_at, body_of, identity, manager_of
from provider.protocol import Change, PropertyPath, Resource, Values, compare

_EVERY_WRITE_CHANGES = ("managedFields", "resourceVersion", "generation", "creationTimestamp", "uid", "selfLink")


def settled(live: Object) -> Object:
    """The object without what changes by itself: a dry run equals the live object when nothing would be written."""
    kept = {key: each for key, each in live.items() if key != "status"}
    kept["metadata"] = {key: each for key, each in live.get("metadata", {}).items() if key not in _EVERY_WRITE_CHANGES}
    return kept


def interrupted(resource: Resource, cluster: Cluster) -> str | None:
    """Why unchanged inputs need an update all the same: the object is gone, or another write of ours came between.

    A provider that is killed in an update leaves the new object beside the old state. When the program then goes back
    to the old inputs, comparing inputs finds nothing. The server's record of our last apply tells, at one small read.
    """
    if resource.inputs.get("spec", "ttlSecondsAfterFinished") is not None:
        return None  # a finished Job goes by itself, and must not run again
    live = cluster.metadata(*identity(resource))
    if live is None:
        return "it is gone from the cluster"
    known = resource.state.get(APPLIED)
    if known is not None and applied_at(live, manager_of(resource)) != known:
        return "the cluster holds another write than the state, as of an interrupted update"
    return None


def import_changes(resource: Resource, cluster: Cluster) -> dict[PropertyPath, Change] | None:
    """What an apply of the inputs would change on an imported object; None where this is not one, or cannot be told.

    Its recorded inputs are all the fields that it has, defaults among them, which no program writes.
    """
    if not resource.state.get(IMPORTED) or resource.inputs.unknown:
        return None
    try:
        live = settled(cluster.get(*identity(resource)))
        wanted = settled(cluster.apply(body_of(resource.inputs), manager_of(resource), dry_run=True, force=True))
    except (ApiError, NoKind):
        return None
    return compare(live, wanted)


def inputs_from(live: Object) -> Values:
    """What a program would write for an object that Pulumi did not make."""
    plain: dict[str, Any] = {key: each for key, each in live.items() if key != "status"}
    plain["metadata"] = {
        key: each
        for key, each in live["metadata"].items()
        if key in ("name", "namespace", "labels", "annotations", "finalizers")
    }
    return Values(plain, frozenset({("data",)}) if live.get("kind") == "Secret" else frozenset())


def drifted(inputs: Values, live: Object, wanted: Object | None) -> Values:
    """The inputs with the live values of the fields they name, where these differ from `wanted`, an apply of them.

    Judged against an apply because the server stores other forms (0.5Gi becomes 512Mi). Fields that the inputs never
    named are not drift.
    """
    if wanted is not None and settled(wanted) == settled(live):
        return inputs
    plain = _projected(live, inputs.plain, wanted or {})
    if live.get("kind") == "Secret" and isinstance(asked := inputs.get("stringData"), dict):
        data = live.get("data") or {}  # stringData is never given back: judge it by data
        plain["stringData"] = {
            key: base64.b64decode(data[key]).decode("utf-8", "replace") for key in asked if key in data
        }
        return Values(plain, inputs.secrets | {("stringData",)})
    return Values(plain, inputs.secrets)


def _projected(live: Any, shape: Any, wanted: Any) -> Any:
    if live == wanted:
        return shape
    if isinstance(shape, dict) and isinstance(live, dict):
        wanted = wanted if isinstance(wanted, dict) else {}
        return {key: _projected(live[key], each, wanted.get(key)) for key, each in shape.items() if key in live}
    if isinstance(shape, list) and isinstance(live, list) and len(shape) == len(live):
        wanted = wanted if isinstance(wanted, list) and len(wanted) == len(live) else [None] * len(live)
        return [_projected(*each) for each in zip(live, shape, wanted, strict=True)]
    return live
