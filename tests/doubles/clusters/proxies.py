"""GKE's own controller of Gateways: a load balancer of Google's proxies, where all that it names is in the project."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from airgap import manifests
from airgap.kubernetes_provider.cluster import Object
from airgap.kubernetes_provider.errors import NoKind
from provider.protocol import at
from tests.doubles.clusters import attachment, routes
from tests.doubles.clusters.attachment import GATEWAYS, GROUP, ROUTES
from tests.doubles.clusters.stage import PLAYER, Stage, place
from tests.doubles.clusters.statuses import Told, conditions
from tests.doubles.gcp import domains, platform

CONTROLLER, CLASS = "networking.gke.io/gateway", "gke-l7-global-external-managed"
"""https://cloud.google.com/kubernetes-engine/docs/concepts/gateway-api#gatewayclass"""
POLICIES = "networking.gke.io/v1"
CERTIFICATES = "networking.gke.io/certmap"
DEFINITIONS = Path(__file__).with_name("manifests") / "gkepolicies.yaml"


def definitions(stage: Stage) -> None:
    """Of Gateway API and of Google's policies, with the class, wherever the cluster has the channel on."""
    cluster = stage.where.itself(platform.CLUSTER)
    if cluster is None or at(cluster.inputs, ("gatewayApiConfig", "channel")) != "CHANNEL_STANDARD":
        return
    known = {each["metadata"]["name"] for each in stage.all("apiextensions.k8s.io/v1", "CustomResourceDefinition")}
    own = list(yaml.safe_load_all(DEFINITIONS.read_text()))
    if {each["metadata"]["name"] for each in own} <= known:
        _ensure_class(stage)
        return
    for body in [*manifests.gateway_api(lambda line: None), *own]:
        if body["kind"] == "CustomResourceDefinition" and body["metadata"]["name"] not in known:
            stage.cluster.apply(body, PLAYER, force=True)


def classes(stage: Stage) -> None:
    for each in _classes(stage):
        before = (each.get("status") or {}).get("conditions") or []
        stage.report(each, {"conditions": conditions(each, {"Accepted": (True, "Accepted", "")}, before)})


def gateways(stage: Stage) -> None:
    for each in managed(stage):
        problems = list(_wrong(stage, each))
        for reason, message in problems:
            stage.warn(each, reason, message)
        told: dict[str, Told] = {"Accepted": (True, "Accepted", ""), "Programmed": (True, "Programmed", "")}
        if problems:
            told["Programmed"] = (False, "Invalid", "; ".join(message for _, message in problems))
        before = (each.get("status") or {}).get("conditions") or []
        listeners = [_listener(stage, each, one, not problems) for one in each["spec"]["listeners"]]
        addresses = [] if problems else [{"type": "IPAddress", "value": found} for found in _addresses(stage, each)]
        status = {"conditions": conditions(each, told, before), "addresses": addresses, "listeners": listeners}
        stage.report(each, status)


def http_routes(stage: Stage) -> None:
    routes.report_routes(stage, {place(each): each for each in managed(stage)}, {CONTROLLER})


def managed(stage: Stage) -> list[Object]:
    served = {each["metadata"]["name"] for each in _classes(stage)}
    return [each for each in stage.all(GATEWAYS, "Gateway") if each["spec"]["gatewayClassName"] in served]


def _classes(stage: Stage) -> list[Object]:
    return [each for each in stage.all(GATEWAYS, "GatewayClass") if each["spec"]["controllerName"] == CONTROLLER]


def _ensure_class(stage: Stage) -> None:
    body = {"apiVersion": GATEWAYS, "kind": "GatewayClass", "metadata": {"name": CLASS}}
    if stage.find(GATEWAYS, "GatewayClass", None, CLASS) is None:
        with contextlib.suppress(NoKind):  # its definition is there, and not served yet
            stage.make({**body, "spec": {"controllerName": CONTROLLER}})


def _wrong(stage: Stage, gateway: Object) -> Iterator[tuple[str, str]]:
    """(reason, message) of what is asked for and cannot be."""
    store = stage.where.store
    for each in at(gateway, ("spec", "addresses")) or []:
        known = {found.inputs["name"] for found in store.things(domains.ADDRESS)}
        if each.get("type") != "NamedAddress" or each.get("value") not in known:
            yield "SYNC", f"no global address of the project is called {each.get('value')!r}"
    shelf = (gateway["metadata"].get("annotations") or {}).get(CERTIFICATES)
    entries = [found for found in store.things(domains.ENTRY) if found.inputs["map"] == shelf]
    if shelf is not None and not entries:
        yield "SYNC", f"the certificate map {shelf!r} does not exist, or has no certificate"
    for listener in gateway["spec"]["listeners"]:
        own = at(listener, ("tls", "certificateRefs")) or at(listener, ("tls", "options"))
        if listener["protocol"] == "HTTPS" and bool(own) == (shelf is not None):
            yield "SYNC", f"listener {listener['name']} needs certificates of its own, or of a map, and not of both"
    for policy in _policies(stage, "GCPGatewayPolicy", gateway):
        wanted = at(policy, ("spec", "default", "sslPolicy"))
        if wanted and wanted not in {found.inputs["name"] for found in store.things(domains.TLS)}:
            yield "SYNC", f"the SSL policy {wanted!r} does not exist"


def _policies(stage: Stage, kind: str, target: Object) -> list[Object]:
    """Of the target's namespace: from another, a policy reaches nothing."""
    space, name = place(target)
    return [
        each
        for each in stage.all(POLICIES, kind)
        if place(each)[0] == space and each["spec"]["targetRef"]["name"] == name
    ]


def _addresses(stage: Stage, gateway: Object) -> list[str]:
    by_name = {each.inputs["name"]: each.outputs["address"] for each in stage.where.store.things(domains.ADDRESS)}
    return [by_name[each["value"]] for each in at(gateway, ("spec", "addresses")) or []]


def _listener(stage: Stage, gateway: Object, listener: dict[str, Any], fine: bool) -> dict[str, Any]:
    told: dict[str, Told] = {
        "Accepted": (True, "Accepted", ""),
        "ResolvedRefs": (True, "ResolvedRefs", ""),
        "Programmed": (fine, "Programmed" if fine else "Invalid", ""),
    }
    earlier = (gateway.get("status") or {}).get("listeners") or []
    before = next((each["conditions"] for each in earlier if each["name"] == listener["name"]), [])
    return {
        "name": listener["name"],
        "supportedKinds": [{"group": GROUP, "kind": "HTTPRoute"}]
        if "HTTPRoute" in ROUTES[listener["protocol"]]
        else [],
        "attachedRoutes": len(attachment.attached(stage, gateway, listener)),
        "conditions": conditions(gateway, told, before),
    }
