"""What Envoy Gateway puts behind a Gateway, in the controller's own namespace: Envoys, their account and a Service."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from airgap.kubernetes_provider.cluster import Object
from airgap.kubernetes_provider.errors import ApiError
from provider.protocol import at
from tests.doubles.clusters.load_balancers import addresses
from tests.doubles.clusters.stage import Stage

OWNER = "gateway.envoyproxy.io/owning-gateway-"
LABELS = {
    "app.kubernetes.io/name": "envoy",
    "app.kubernetes.io/component": "proxy",
    "app.kubernetes.io/managed-by": "envoy-gateway",
}
LONGEST_NAME = 48
SHIFT = 10000
"""Added to a port below 1024, which Envoy's user may not open."""
OF_CONTAINER = ("image", "resources", "env", "volumeMounts", "securityContext")
OF_POD = ("affinity", "nodeSelector", "securityContext", "tolerations", "topologySpreadConstraints", "volumes")
"""What an EnvoyProxy may say of its Envoys besides a patch."""

POD = Path(__file__).with_name("manifests") / "envoy_pod.yaml"
MERGED_BY = {
    "containers": "name",
    "volumes": "name",
    "env": "name",
    "ports": "containerPort",
    "volumeMounts": "mountPath",
}
"""Lists that a strategic merge patch goes into; any other it replaces."""


@dataclass(frozen=True, kw_only=True)
class Envoy:
    """How it stands with one Gateway's."""

    addresses: list[dict[str, str]]
    replicas: int = 0
    available: int = 0
    problem: str = ""
    """What the API server refuses of what the settings ask for."""


def ensure(stage: Stage, gateway: Object, settings: Object | None, namespace: str) -> Envoy:
    """Both are there as `settings`, an EnvoyProxy, asks; what it patches wrongly is the API server's to refuse."""
    kubernetes = at(settings, ("spec", "provider", "kubernetes")) or {}
    labels = {
        **LABELS,
        f"{OWNER}name": gateway["metadata"]["name"],
        f"{OWNER}namespace": gateway["metadata"]["namespace"],
    }
    meta = {"name": name(gateway), "namespace": namespace, "labels": labels}
    service = _service(meta, gateway, kubernetes.get("envoyService") or {})
    try:
        for body in (_account(meta), service, _deployment(meta, gateway, kubernetes.get("envoyDeployment") or {})):
            stage.ensure(body)
    except ApiError as error:
        return Envoy(
            addresses=_addresses(stage.find("v1", "Service", namespace, meta["name"]) or service), problem=str(error)
        )
    deployment = stage.find("apps/v1", "Deployment", namespace, meta["name"]) or {}
    service = stage.find("v1", "Service", namespace, meta["name"])
    status = deployment.get("status") or {}
    return Envoy(
        addresses=_addresses(service) if service else [],
        replicas=status.get("replicas", 0),
        available=status.get("availableReplicas", 0),
    )


def without_gateway(stage: Stage, there: Iterable[tuple[str, str]]) -> None:
    """They go with their Gateway; an owner in another namespace is none to the garbage collector."""
    for api_version, kind in (("apps/v1", "Deployment"), ("v1", "Service"), ("v1", "ServiceAccount")):
        for each in stage.all(api_version, kind):
            labels = each["metadata"].get("labels") or {}
            mine = LABELS.items() <= labels.items() and f"{OWNER}name" in labels
            if mine and (labels[f"{OWNER}namespace"], labels[f"{OWNER}name"]) not in there:
                stage.remove(each)


def name(gateway: Object) -> str:
    """https://github.com/envoyproxy/gateway/blob/v1.7.0/internal/utils/misc.go#L48"""
    whole = f"{gateway['metadata']['namespace']}/{gateway['metadata']['name']}"
    short = whole.replace("/", "-")[:LONGEST_NAME].removesuffix("-")
    return f"envoy-{short}-{hashlib.sha256(whole.encode()).hexdigest()[:8]}"


def _account(meta: dict[str, Any]) -> Object:
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta, "automountServiceAccountToken": False}


def _deployment(meta: dict[str, Any], gateway: Object, asked: dict[str, Any]) -> Object:
    pod = yaml.safe_load(POD.read_text())
    container, given = asked.get("container") or {}, asked.get("pod") or {}
    pod["serviceAccountName"] = meta["name"]
    pod["containers"][0] |= {key: container[key] for key in OF_CONTAINER if key in container}
    # The one of both, as Envoy Gateway gives it.
    pod["containers"][1]["securityContext"] = pod["containers"][0]["securityContext"]
    pod |= {key: given[key] for key in OF_POD if key in given}
    template = {"metadata": {"labels": meta["labels"], "annotations": given.get("annotations", {})}, "spec": pod}
    spec = {"replicas": asked.get("replicas", 1), "selector": {"matchLabels": meta["labels"]}, "template": template}
    whole = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec}
    return patched(whole, at(asked, ("patch", "value")) or {})


def _service(meta: dict[str, Any], gateway: Object, asked: dict[str, Any]) -> Object:
    ports = [
        {"name": f"{each['name']}-{each['port']}", "port": each["port"], "targetPort": _inside(each["port"])}
        for each in gateway["spec"]["listeners"]
    ]
    spec = {"type": asked.get("type", "LoadBalancer"), "selector": meta["labels"], "ports": ports}
    if "loadBalancerClass" in asked:
        spec["loadBalancerClass"] = asked["loadBalancerClass"]
    meta = {**meta, "annotations": asked.get("annotations", {})}
    return patched(
        {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec}, at(asked, ("patch", "value")) or {}
    )


def patched(under: Any, over: Any, name: str = "") -> Any:
    """A strategic merge patch of what stands under `name`: https://kubernetes.io/docs/tasks/manage-kubernetes-objects/"""
    if isinstance(under, dict) and isinstance(over, dict):
        return under | {key: patched(under.get(key), each, key) for key, each in over.items()}
    if isinstance(under, list) and isinstance(over, list) and (by := MERGED_BY.get(name)):
        extra = {each[by]: each for each in over}
        kept = [patched(each, extra.pop(each[by], {})) for each in under]
        return kept + list(extra.values())
    return over


def _inside(port: int) -> int:
    return port if port >= 1024 else port + SHIFT


def _addresses(service: Object) -> list[dict[str, str]]:
    if service["spec"]["type"] == "ClusterIP":
        return [{"type": "IPAddress", "value": each} for each in service["spec"].get("clusterIPs") or []]
    return [
        {"type": "IPAddress", "value": each["ip"]} if "ip" in each else {"type": "Hostname", "value": each["hostname"]}
        for each in addresses(service)
    ]
