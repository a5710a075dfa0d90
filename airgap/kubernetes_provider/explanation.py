"""Why an object is not ready, in the cluster's own words: conditions, events, container states, last log lines."""

from typing import Any

from airgap.kubernetes_provider.cluster import Cluster, Object
from airgap.kubernetes_provider.condition import conditions
from airgap.kubernetes_provider.connection import Unreachable
from airgap.kubernetes_provider.errors import ApiError, NoKind

LOG_LINES = 10
EVENTS = 4
PODS = 2
"""How many unready pods are told of: the others mostly fail in the same way."""

_BAD_WHEN_TRUE = ("ReplicaFailure", "Failed", "FailureTarget")
_NO_ANSWER = (ApiError, NoKind, Unreachable)


def explain(cluster: Cluster, live: Object) -> list[str]:
    """Lines for a person. What cannot be read is left out: this runs when things are broken."""
    lines = _conditions(live) + [f"event {each}" for each in _events(cluster, live)]
    try:
        pods = _pods(cluster, live)
    except _NO_ANSWER as error:
        return [*lines, f"(its pods cannot be listed: {error})"]
    for pod in [each for each in pods if not _well(each)][:PODS]:
        lines += _pod(cluster, pod)
    return lines


def first_hints(cluster: Cluster, live: Object) -> str:
    """The same in one line, for progress while there is still hope."""
    return " / ".join(line.strip() for line in explain(cluster, live) if "|" not in line)[:300]


def _conditions(live: Object) -> list[str]:
    lines = []
    for kind, each in sorted(conditions(live).items()):
        bad = each.get("status") == "True" if kind in _BAD_WHEN_TRUE else each.get("status") != "True"
        if bad and each.get("message"):
            lines.append(f"condition {kind}={each.get('status')} {each.get('reason', '')}: {each['message']}")
    return lines


def _events(cluster: Cluster, live: Object) -> list[str]:
    metadata = live["metadata"]
    try:
        found = cluster.list(
            "v1",
            "Event",
            metadata.get("namespace") or "default",
            fieldSelector=f"involvedObject.uid={metadata.get('uid', '')}",
        )
    except _NO_ANSWER:
        return []
    warnings = [each for each in found if each.get("type") == "Warning"]
    warnings.sort(key=lambda each: each.get("lastTimestamp") or each.get("eventTime") or "")
    return [
        f"{each.get('reason')}: {_one_line(each.get('message'))}"
        + (f" (x{each['count']})" if (each.get("count") or 1) > 1 else "")
        for each in warnings[-EVENTS:]
    ]


def _pods(cluster: Cluster, live: Object) -> list[Object]:
    """The pods that stand behind the object, newest first."""
    if live["kind"] == "Pod":
        return [live]
    selector = (live.get("spec") or {}).get("selector") or {}
    labels = selector if live["kind"] == "Service" else selector.get("matchLabels")
    if not isinstance(labels, dict) or not labels:
        return []
    query = ",".join(f"{key}={value}" for key, value in labels.items())
    pods = cluster.list("v1", "Pod", live["metadata"].get("namespace"), labelSelector=query)
    return sorted(pods, key=lambda pod: pod["metadata"].get("creationTimestamp", ""), reverse=True)


def _well(pod: Object) -> bool:
    return conditions(pod).get("Ready", {}).get("status") == "True" or pod["status"].get("phase") == "Succeeded"


def _pod(cluster: Cluster, pod: Object) -> list[str]:
    status = pod.get("status") or {}
    lines = [f"pod {pod['metadata']['name']} is {status.get('phase')}"]
    scheduled = conditions(pod).get("PodScheduled", {})
    if scheduled.get("status") == "False":
        lines.append(f"  not scheduled: {scheduled.get('message', '')}")
    for container in (status.get("initContainerStatuses") or []) + (status.get("containerStatuses") or []):
        lines += _container(cluster, pod, container)
    return lines + [f"  event {each}" for each in _events(cluster, pod)]


def _container(cluster: Cluster, pod: Object, container: dict[str, Any]) -> list[str]:
    state = container.get("state") or {}
    reason = state.get("waiting") or state.get("terminated") or {}
    last = (container.get("lastState") or {}).get("terminated") or {}
    if container.get("ready") or reason.get("reason") == "Completed":
        return []
    line = f"  container {container['name']} (image {container.get('image')}): "
    line += reason.get("reason") or "running, not ready"
    if reason.get("message"):
        line += f": {_one_line(reason['message'])}"
    if last:
        restarts = container.get("restartCount", 0)
        line += f"; last exit code {last.get('exitCode')} ({last.get('reason')}), {restarts} restarts"
    if not (state.get("running") or state.get("terminated") or last):
        return [line]
    query = {"container": container["name"], "tailLines": str(LOG_LINES)}
    if last and state.get("waiting"):
        query["previous"] = "true"  # between restarts the last life is the one that tells
    try:
        log = cluster.pod_log(pod["metadata"]["namespace"], pod["metadata"]["name"], **query).strip().splitlines()
    except _NO_ANSWER as error:
        return [line, f"  (no logs: {_one_line(str(error))})"]
    quoted = [f"    | {each}" for each in log[-LOG_LINES:]]
    return [line, f"  last log lines of {container['name']}:", *quoted] if quoted else [line]


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())
