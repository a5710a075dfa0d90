"""Which listeners a route attaches to, by the rules of Gateway API."""

from collections.abc import Iterator, Mapping
from typing import Any

from airgap.kubernetes_provider.cluster import Object
from tests.doubles.clusters.stage import Stage

GROUP = "gateway.networking.k8s.io"
GATEWAYS = f"{GROUP}/v1"

ROUTES: Mapping[str, tuple[str, ...]] = {
    "HTTP": ("HTTPRoute", "GRPCRoute"),
    "HTTPS": ("HTTPRoute", "GRPCRoute"),
    "TLS": ("TLSRoute", "TCPRoute"),
    "TCP": ("TCPRoute",),
    "UDP": ("UDPRoute",),
}
"""Kinds by a listener's protocol."""


def parents(route: Object) -> Iterator[tuple[dict[str, Any], tuple[str, str]]]:
    """(reference, (namespace, name) of the Gateway)."""
    for each in route["spec"].get("parentRefs") or []:
        if (each.get("group", GROUP), each.get("kind", "Gateway")) == (GROUP, "Gateway"):
            yield each, (each.get("namespace") or route["metadata"]["namespace"], each["name"])


def selected(gateway: Object, reference: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Listeners that a reference means: all, or those of its section and port."""
    return [
        each
        for each in gateway["spec"]["listeners"]
        if reference.get("sectionName") in (None, each["name"]) and reference.get("port") in (None, each["port"])
    ]


def admits(stage: Stage, gateway: Object, listener: Mapping[str, Any], route: Object) -> bool:
    """Whether the listener lets routes of this kind in from this namespace."""
    allowed = listener.get("allowedRoutes") or {}
    kinds = [each["kind"] for each in allowed.get("kinds") or []] or ROUTES.get(listener["protocol"], ())
    spaces = allowed.get("namespaces") or {}
    home = route["metadata"]["namespace"]
    there = {
        "All": lambda: True,
        "Same": lambda: home == gateway["metadata"]["namespace"],
        "Selector": lambda: _picked(stage, home, spaces.get("selector") or {}),
    }[spaces.get("from", "Same")]
    return route["kind"] in kinds and there()


def attached(stage: Stage, gateway: Object, listener: Mapping[str, Any]) -> list[Object]:
    """Routes on this listener."""
    place = (gateway["metadata"]["namespace"], gateway["metadata"]["name"])
    return [
        route
        for route in stage.all(GATEWAYS, "HTTPRoute")
        if any(where == place and listener in selected(gateway, each) for each, where in parents(route))
        and admits(stage, gateway, listener, route)
    ]


def _picked(stage: Stage, namespace: str, selector: Mapping[str, Any]) -> bool:
    found = stage.find("v1", "Namespace", None, namespace)
    labels = (found["metadata"].get("labels") or {}) if found else {}
    return all(labels.get(key) == value for key, value in (selector.get("matchLabels") or {}).items())
