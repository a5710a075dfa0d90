"""Envoy Gateway's part for routes and their traffic policies: attached where they may, to what is there."""

from collections.abc import Iterator, Mapping
from typing import Any

from airgap.kubernetes_provider.cluster import Object
from tests.doubles.clusters import gateways
from tests.doubles.clusters.attachment import GATEWAYS, GROUP, admits, parents, selected
from tests.doubles.clusters.gateways import PROXY
from tests.doubles.clusters.stage import Stage, place
from tests.doubles.clusters.statuses import Told, conditions

POLICY = "BackendTrafficPolicy"


def routes(stage: Stage) -> None:
    report_routes(stage, {place(each): each for each in gateways.managed(stage)}, gateways.controllers(stage))


def report_routes(stage: Stage, managed: Mapping[tuple[str, str], Object], names: set[str]) -> None:
    """By the controller of these names, of its Gateways; of a parent that is none of them it says nothing."""
    for route in stage.all(GATEWAYS, "HTTPRoute"):
        references = [(each, managed[where]) for each, where in parents(route) if where in managed]
        told = [
            (
                {"parentRef": each},
                {"Accepted": _accepted(stage, route, each, parent), "ResolvedRefs": _resolved(stage, route)},
            )
            for each, parent in references
        ]
        _report(stage, route, "parents", told, names)


def policies(stage: Stage) -> None:
    """Of two for one target the older holds. A target that is not there (yet) gives no status."""
    taken: set[tuple[str, ...]] = set()
    for policy in stage.all(PROXY, POLICY):
        told: list[tuple[dict[str, Any], dict[str, Told]]] = []
        for target in _targets(policy):
            mine = (policy["metadata"]["namespace"], target["kind"], target["name"], target.get("sectionName", ""))
            held = {"Accepted": _attached(target, mine in taken)}
            told += [({"ancestorRef": ancestor}, held) for ancestor in _ancestors(stage, policy, target)]
            taken.add(mine)
        _report(stage, policy, "ancestors", told, gateways.controllers(stage))


def _accepted(stage: Stage, route: Object, reference: dict[str, Any], parent: Object) -> Told:
    chosen = selected(parent, reference)
    if not chosen:
        return False, "NoMatchingParent", "No listeners match this parent ref"
    admitting = [each for each in chosen if admits(stage, parent, each, route)]
    if not admitting:
        return False, "NotAllowedByListeners", "No listeners included by this parent ref allowed this attachment."
    ready = {each["name"] for each in (parent.get("status") or {}).get("listeners") or [] if _programmed(each)}
    if not any(each["name"] in ready for each in admitting):
        return False, "NoReadyListeners", "There are no ready listeners for this parent ref"
    return True, "Accepted", "Route is accepted"


def _programmed(listener: dict[str, Any]) -> bool:
    return any(each["type"] == "Programmed" and each["status"] == "True" for each in listener["conditions"])


def _resolved(stage: Stage, route: Object) -> Told:
    for index, rule in enumerate(route["spec"].get("rules") or []):
        for number, backend in enumerate(rule.get("backendRefs") or []):
            if wrong := _unresolved(stage, route["metadata"]["namespace"], backend):
                reason, message = wrong
                return False, reason, f"Failed to process route rule {index} backendRef {number}: {message}."
    return True, "ResolvedRefs", "Resolved all the Object references for the Route"


def _unresolved(stage: Stage, home: str, backend: dict[str, Any]) -> tuple[str, str] | None:
    group, kind = backend.get("group", ""), backend.get("kind", "Service")
    if (group, kind) != ("", "Service"):
        return "InvalidKind", f"{group}/{kind} is not a supported kind of backend"
    space, name, port = backend.get("namespace", home), backend["name"], backend.get("port")
    if space != home and not _granted(stage, home, space, name):
        return "RefNotPermitted", f"Backend ref to Service {space}/{name} not permitted by any ReferenceGrant"
    if port is None:
        return "PortNotSpecified", "A valid port number corresponding to a port on the Service must be specified"
    service = stage.find("v1", "Service", space, name)
    if service is None:
        return "BackendNotFound", f"service {space}/{name} not found"
    if not any(each["port"] == port and each.get("protocol") == "TCP" for each in service["spec"].get("ports") or []):
        return "PortNotFound", f"TCP Port {port} not found on Service {space}/{name}"
    return None


def _granted(stage: Stage, home: str, space: str, name: str) -> bool:
    source = {"group": GROUP, "kind": "HTTPRoute", "namespace": home}
    return any(
        source in each["spec"]["from"]
        and any(to["kind"] == "Service" and to.get("name") in (None, name) for to in each["spec"]["to"])
        for each in stage.all(f"{GROUP}/v1beta1", "ReferenceGrant")
        if each["metadata"]["namespace"] == space
    )


def _targets(policy: Object) -> list[dict[str, Any]]:
    one = policy["spec"].get("targetRef")
    return [*([one] if one else []), *(policy["spec"].get("targetRefs") or [])]


def _ancestors(stage: Stage, policy: Object, target: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The Gateways that a target stands under."""
    home = policy["metadata"]["namespace"]
    managed = {place(each) for each in gateways.managed(stage)}
    found = stage.find(GATEWAYS, target["kind"], home, target["name"]) if target["group"] == GROUP else None
    if found is None:
        return
    above = [place(found)] if target["kind"] == "Gateway" else [where for _, where in parents(found)]
    for namespace, name in above:
        if (namespace, name) in managed:
            yield {"group": GROUP, "kind": "Gateway", "name": name, "namespace": namespace}


def _attached(target: dict[str, Any], taken: bool) -> Told:
    if taken:
        told = f"Unable to target {target['kind']} {target['name']}, another {POLICY} has already attached to it"
        return False, "Conflicted", told
    return True, "Accepted", "Policy has been accepted."


def _report(
    stage: Stage, live: Object, field: str, told: list[tuple[dict[str, Any], dict[str, Told]]], names: set[str]
) -> None:
    """Each entry under the name of its controller; those of other controllers stay."""
    before = (live.get("status") or {}).get(field) or []
    others = [each for each in before if each["controllerName"] not in names]
    mine = []
    for about, each in told:
        earlier = next((entry["conditions"] for entry in before if about.items() <= entry.items()), [])
        mine.append({**about, "controllerName": min(names), "conditions": conditions(live, each, earlier)})
    if mine or before:
        stage.report(live, {field: others + mine})
