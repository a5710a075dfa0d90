"""HTTP to HTTPS: what comes without TLS is sent, for good, to the same path at the one host that has a certificate."""

import pulumi

from components.objects import Document

LISTENER = "redirect"
PORT = 8081
"""Of the listener; see entry.PORT."""


def listener(namespace: str) -> Document:
    """Takes routes of the controller's namespace alone, so that no service ever answers without TLS."""
    selector = {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
    return {
        "name": LISTENER,
        "protocol": "HTTP",
        "port": PORT,
        "allowedRoutes": {"namespaces": {"from": "Selector", "selector": selector}},
    }


def route_spec(host: str, gateway: str, namespace: pulumi.Input[str], section: str) -> Document:
    """HTTPRoute at one listener of a Gateway. The host is fixed: a made-up Host header leads nowhere else."""
    away = {"scheme": "https", "hostname": host, "statusCode": 301}
    parent = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": gateway, "namespace": namespace}
    return {
        "parentRefs": [{**parent, "sectionName": section}],
        "rules": [
            {
                "matches": [{"path": {"type": "PathPrefix", "value": "/"}}],
                "filters": [{"type": "RequestRedirect", "requestRedirect": away}],
            }
        ],
    }
