"""Envoy Gateway's part for classes and Gateways: accepted, and programmed once an Envoy stands behind an address."""

from collections.abc import Iterator
from typing import Any

from airgap.kubernetes_provider.cluster import Object
from provider.protocol import at
from tests.doubles.clusters import attachment, envoys
from tests.doubles.clusters.attachment import GATEWAYS, GROUP, ROUTES
from tests.doubles.clusters.stage import Stage
from tests.doubles.clusters.statuses import Told, conditions, holds

CHART, CONTROLLER = "gateway-helm", "gateway.envoyproxy.io/gatewayclass-controller"
PROXY = "gateway.envoyproxy.io/v1alpha1"


def classes(stage: Stage) -> None:
    """With no controller installed nothing happens, as ever."""
    for each in stage.all(GATEWAYS, "GatewayClass"):
        if each["spec"]["controllerName"] in controllers(stage):
            wrong = _missing(stage, each["spec"].get("parametersRef"), stage.releases(CHART)[0].namespace)
            told = (False, "InvalidParameters", wrong) if wrong else (True, "Accepted", "Valid GatewayClass")
            _report(stage, each, {"Accepted": told})


def gateways(stage: Stage) -> None:
    for each in managed(stage):
        where = each["metadata"]["namespace"]
        proxy = at(each, ("spec", "infrastructure", "parametersRef"))
        wrong = _missing(stage, proxy, where)
        listeners = [_listener(stage, each, one) for one in each["spec"]["listeners"]]
        if wrong:
            refused = (False, "InvalidParameters", f"Invalid parametersRef: {wrong}")
            _report(stage, each, {"Accepted": refused, "Programmed": (False, "Invalid", "Not accepted")})
            continue
        settings = stage.find(PROXY, "EnvoyProxy", where, proxy["name"]) if proxy else None
        envoy = envoys.ensure(stage, each, settings, stage.releases(CHART)[0].namespace)
        accepted = (True, "Accepted", "The Gateway has been scheduled by Envoy Gateway")
        told = {"Accepted": accepted, "Programmed": _programmed(envoy)}
        _report(stage, each, told, addresses=envoy.addresses, listeners=listeners)
    envoys.without_gateway(
        stage, {(each["metadata"]["namespace"], each["metadata"]["name"]) for each in managed(stage)}
    )


def controllers(stage: Stage) -> set[str]:
    """Names that the installed releases answer to."""
    path = ("config", "envoyGateway", "gateway", "controllerName")
    return {at(each.values, path) or CONTROLLER for each in stage.releases(CHART)}


def managed(stage: Stage) -> list[Object]:
    """Gateways of a class that was accepted; no controller looks at any other."""
    ours = {
        each["metadata"]["name"]
        for each in stage.all(GATEWAYS, "GatewayClass")
        if each["spec"]["controllerName"] in controllers(stage) and holds(each, "Accepted")
    }
    return [each for each in stage.all(GATEWAYS, "Gateway") if each["spec"]["gatewayClassName"] in ours]


def _missing(stage: Stage, reference: dict[str, str] | None, namespace: str) -> str | None:
    if reference is None:
        return None
    if (reference["group"], reference["kind"]) != (PROXY.partition("/")[0], "EnvoyProxy"):
        return f"unsupported kind {reference['group']}/{reference['kind']}"
    found = stage.find(PROXY, "EnvoyProxy", reference.get("namespace", namespace), reference["name"])
    return None if found else f"EnvoyProxy {reference.get('namespace', namespace)}/{reference['name']} does not exist"


def _programmed(envoy: envoys.Envoy) -> Told:
    if envoy.problem:
        return False, "NoResources", f"Envoy replicas unavailable: {envoy.problem}"
    if not envoy.addresses:
        return False, "AddressNotAssigned", "No addresses have been assigned to the Gateway"
    if not envoy.available:
        return False, "NoResources", "Envoy replicas unavailable"
    available = f"{envoy.available}/{envoy.replicas} envoy replicas available"
    return True, "Programmed", f"Address assigned to the Gateway, {available}"


def _listener(stage: Stage, gateway: Object, listener: dict[str, Any]) -> dict[str, Any]:
    """Its status."""
    kinds = ROUTES.get(listener["protocol"], ())
    problems = dict(_wrong(stage, gateway, listener))
    fine = not problems
    told: dict[str, Told] = {
        "Accepted": (True, "Accepted", "Listener has been successfully translated"),
        "ResolvedRefs": (True, "ResolvedRefs", "Listener references have been resolved"),
        **{kind: (False, reason, message) for kind, (reason, message) in problems.items()},
        "Programmed": (fine, "Programmed" if fine else "Invalid", "Sending translated listener configuration to the data plane" if fine else "Listener is invalid, see other Conditions for details."),
    }  # fmt: skip
    earlier = (gateway.get("status") or {}).get("listeners") or []
    before = next((each["conditions"] for each in earlier if each["name"] == listener["name"]), [])
    return {
        "name": listener["name"],
        "supportedKinds": [{"group": GROUP, "kind": kind} for kind in kinds],
        "attachedRoutes": len(attachment.attached(stage, gateway, listener)),
        "conditions": conditions(gateway, told, before),
    }


def _wrong(stage: Stage, gateway: Object, listener: dict[str, Any]) -> Iterator[tuple[str, tuple[str, str]]]:
    """(condition, (reason, message)); numbers of ports are bounded by the definition of the kind."""
    if listener["protocol"] not in ROUTES:
        text = f"Protocol {listener['protocol']} is unsupported, must be {', '.join(ROUTES)}."
        yield "Accepted", ("UnsupportedProtocol", text)
    for each in at(listener, ("tls", "certificateRefs")) or []:
        place = each.get("namespace") or gateway["metadata"]["namespace"], each["name"]
        if stage.cluster.metadata("v1", "Secret", *place) is None:
            yield "ResolvedRefs", ("InvalidCertificateRef", f"Secret {'/'.join(place)} does not exist.")
    if listener["protocol"] == "HTTPS" and not at(listener, ("tls", "certificateRefs")):
        yield "ResolvedRefs", ("InvalidCertificateRef", "Listener must have at least 1 TLS certificate ref.")


def _report(stage: Stage, live: Object, told: dict[str, Told], **more: Any) -> None:
    before = (live.get("status") or {}).get("conditions") or []
    stage.report(live, {"conditions": conditions(live, told, before), **more})
