"""Google's proxies before the entry, as GKE is asked for them: a Gateway of its own class, and policies beside it.

https://cloud.google.com/kubernetes-engine/docs/how-to/configure-gateway-resources
"""

import pulumi

from components.objects import Document

GATEWAYS, POLICIES = "gateway.networking.k8s.io/v1", "networking.gke.io/v1"

CLASS = "gke-l7-global-external-managed"
CERTIFICATES = "networking.gke.io/certmap"
"""Annotation of a Gateway: https://cloud.google.com/kubernetes-engine/docs/how-to/secure-gateway"""

READY_PORT, READY_PATH = 19003, "/ready"
"""Where Envoy Gateway's Envoys say whether they take requests: one that drains says no."""

TIMEOUT_S = 620
"""Above the longest `slo.timeout_s`, so that it is Envoy who gives up first, and says so."""
EVERY_REQUEST = 1_000_000
"""Of a million, how many are logged."""


def gateway_spec(address: pulumi.Input[str]) -> Document:
    """`address` is the name of a global one. No `tls`: GKE refuses certificates of a listener beside those of a map."""
    same = {"namespaces": {"from": "Same"}}
    return {
        "gatewayClassName": CLASS,
        "addresses": [{"type": "NamedAddress", "value": address}],
        "listeners": [
            {"name": "https", "protocol": "HTTPS", "port": 443, "allowedRoutes": same},
            {"name": "http", "protocol": "HTTP", "port": 80, "allowedRoutes": same},
        ],
    }


def route_spec(host: str, gateway: str, service: str, port: int) -> Document:
    """HTTPRoute: all that comes for the host by HTTPS, and nothing else, goes to the Envoys."""
    return {
        "parentRefs": [
            {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": gateway, "sectionName": "https"}
        ],
        "hostnames": [host],
        "rules": [
            {
                "matches": [{"path": {"type": "PathPrefix", "value": "/"}}],
                "backendRefs": [{"group": "", "kind": "Service", "name": service, "port": port}],
            }
        ],
    }


def tls_spec(gateway: str, policy: pulumi.Input[str]) -> Document:
    """GCPGatewayPolicy: which TLS the proxies speak."""
    target = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": gateway}
    return {"targetRef": target, "default": {"sslPolicy": policy}}


def health_spec(service: str) -> Document:
    """HealthCheckPolicy: at `/` no Envoy has a route, and would be taken for a sick one."""
    check = {"portSpecification": "USE_FIXED_PORT", "port": READY_PORT, "requestPath": READY_PATH}
    return {
        "targetRef": {"group": "", "kind": "Service", "name": service},
        "default": {
            "checkIntervalSec": 5,
            "timeoutSec": 2,
            "healthyThreshold": 1,
            "unhealthyThreshold": 2,
            "config": {"type": "HTTP", "httpHealthCheck": check},
        },
    }


def backend_spec(service: str) -> Document:
    """GCPBackendPolicy: the default of 30 s would cut long requests off."""
    return {
        "targetRef": {"group": "", "kind": "Service", "name": service},
        "default": {"timeoutSec": TIMEOUT_S, "logging": {"enabled": True, "sampleRate": EVERY_REQUEST}},
    }
