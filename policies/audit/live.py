"""What a cluster has in the namespaces of a stack, whoever made it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from airgap.kubernetes_provider.cluster import Cluster, Object
from airgap.kubernetes_provider.errors import ApiError, NoKind
from policies.graph import Node
from policies.inputs import Inputs
from policies.kubernetes.relations import NAMESPACE

PREFIX = "kubernetes:"
GATEWAY, OF_GATEWAY = "kubernetes:gateway.networking.k8s.io/v1:Gateway", "gateway.envoyproxy.io/owning-gateway-"

Place = tuple[str, str, str]
"""Type as in a URN, namespace and name."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """One object."""

    type: str
    place: str
    """`namespace/name`."""
    owner: str
    """The resource of the stack that it is, or that it serves, as a waiver names it; else its own name."""
    inputs: Inputs


def objects(cluster: Cluster, nodes: Iterable[Node], types: Iterable[str]) -> Iterator[Found]:
    """Those of `types`, in the namespaces that are among the `nodes`. Unreachable, and ApiError for a refusal.

    What a controller makes of one of them, as the pods of a Deployment, has nothing of its own to judge.
    """
    made = {place: node.name for node in nodes if (place := _place_of(node))}
    spaces = [name for token, _, name in made if token == NAMESPACE]
    found = {
        each["metadata"]["uid"]: (token, each)
        for token in sorted(types)
        if token.startswith(PREFIX)
        for space in spaces
        for each in _listed(cluster, token, space)
    }
    for token, each in found.values():
        meta = each["metadata"]
        if not any(owner["uid"] in found for owner in meta.get("ownerReferences", ())):
            owner = made.get((token, meta["namespace"], meta["name"])) or made.get(_gateway_of(meta)) or meta["name"]
            yield Found(type=token, place=f"{meta['namespace']}/{meta['name']}", owner=owner, inputs=Inputs(each))


def _listed(cluster: Cluster, token: str, space: str) -> list[Object]:
    version, kind = token.removeprefix(PREFIX).rsplit(":", 1)
    version = version.removeprefix("core/")
    try:
        if not cluster.kind(version, kind)[1]:
            return []  # the cluster's own: which of them are a stack's, no namespace tells
        return [{"apiVersion": version, "kind": kind, **each} for each in cluster.list(version, kind, space)]
    except NoKind:
        return []
    except ApiError as error:
        if error.status != 404:
            raise
        return []


def _gateway_of(meta: Mapping[str, Any]) -> Place:
    """Envoy Gateway makes proxies in a namespace of its own, where no owner reference can name the Gateway."""
    labels = meta.get("labels") or {}
    return (GATEWAY, labels.get(f"{OF_GATEWAY}namespace", ""), labels.get(f"{OF_GATEWAY}name", ""))


def _place_of(node: Node) -> Place | None:
    """As it became: a name may be the provider's choice."""
    if not node.type.startswith(PREFIX):
        return None
    meta: Mapping[str, Any] = node.outputs().plain.get("metadata") or {}
    return (node.type, meta.get("namespace") or "", meta.get("name") or "")
