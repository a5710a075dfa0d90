"""A ScaledObject's triggers: what each must say, the metric that it becomes, and whether anybody would answer it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from airgap.kubernetes_provider.cluster import Object
from provider.protocol import at
from tests.doubles.clusters.stage import Stage

NEEDED: Mapping[str, tuple[str, ...]] = {
    "prometheus": ("serverAddress", "query", "threshold"),
    "cron": ("timezone", "start", "end", "desiredReplicas"),
    "cpu": ("value",),
    "memory": ("value",),
}
"""Types that are played, and what their metadata cannot do without: https://keda.sh/docs/2.18/scalers/"""
FAILED = "failed to ensure HPA is correctly created for ScaledObject"
NUMBERS = ("threshold", "activationThreshold", "desiredReplicas", "value")
RESOURCES = ("cpu", "memory")

INSIDE = re.compile(r"(?P<name>[^.]+)\.(?P<namespace>[^.]+)\.svc(\.cluster\.local)?")
PROMETHEUS_PORT = 80
"""Of the chart's Service, where its values name no other."""


def problems(asked: list[dict[str, Any]]) -> Iterator[str]:
    names = [each["name"] for each in asked if each.get("name")]
    for name in sorted({each for each in names if names.count(each) > 1}):
        wrong = "ScaledObject doesn't have correct triggers specification"
        yield f'{wrong}: triggerName "{name}" is defined multiple times in the ScaledObject, but it must be unique'
    for each in asked:
        kind, given = each["type"], each.get("metadata") or {}
        if kind not in NEEDED:
            yield f"{FAILED}: no scaler found for type: {kind}"
        for key in NEEDED.get(kind, ()):
            if not given.get(key):
                yield f'{FAILED}: error parsing {kind} metadata: missing required parameter "{key}" in [triggerMetadata]'
        for key in NUMBERS:
            if given.get(key) and not _is_number(given[key]):
                yield f'{FAILED}: error parsing {kind} metadata: unable to set param "{key}" value "{given[key]}"'


def metric(index: int, trigger: dict[str, Any], scaled: str) -> dict[str, Any]:
    """As the autoscaler asks for it."""
    given = trigger["metadata"]
    kind = trigger.get("metricType") or ("Utilization" if trigger["type"] in RESOURCES else "AverageValue")
    value = given.get("threshold") or given.get("value") or "1"
    field = {"AverageValue": "averageValue", "Value": "value", "Utilization": "averageUtilization"}[kind]
    target = {"type": kind, field: int(value) if kind == "Utilization" else value}
    if trigger["type"] in RESOURCES:
        return {"type": "Resource", "resource": {"name": trigger["type"], "target": target}}
    selector = {"matchLabels": {"scaledobject.keda.sh/name": scaled}}
    return {
        "type": "External",
        "external": {"metric": {"name": metric_name(index, trigger), "selector": selector}, "target": target},
    }


def metric_name(index: int, trigger: dict[str, Any]) -> str:
    return f"s{index}-{trigger['type']}"


def silent(stage: Stage, trigger: dict[str, Any]) -> str | None:
    """Why nobody would answer. Of an address outside the cluster nothing is known."""
    if trigger["type"] != "prometheus":
        return None
    address = urlsplit(trigger["metadata"]["serverAddress"])
    inside = INSIDE.fullmatch(address.hostname or "")
    if inside is None:
        return None
    place = (inside["name"], inside["namespace"], address.port or 80)
    if place in set(_services(stage)) | set(_released(stage)):
        return None
    return f"error requesting metrics endpoint: no Service {place[1]}/{place[0]} has the port {place[2]}"


def _services(stage: Stage) -> Iterator[tuple[str, str, int]]:
    for each in stage.all("v1", "Service"):
        for port in each["spec"].get("ports") or []:
            yield each["metadata"]["name"], each["metadata"]["namespace"], port["port"]


def _released(stage: Stage) -> Iterator[tuple[str, str, int]]:
    """Where the chart of Prometheus would have put its server, which a recorded release does not."""
    for each in stage.releases("prometheus"):
        server: Object = each.values.get("server") or {}
        name = server.get("fullnameOverride") or f"{each.name}-server"
        yield name, each.namespace, at(server, ("service", "servicePort")) or PROMETHEUS_PORT


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
