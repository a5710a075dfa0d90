"""When an object counts as ready, by kind. A kind that is not here is ready once it is applied."""

import json
from collections.abc import Callable

from airgap.kubernetes_provider.cluster import Cluster, Object
from airgap.kubernetes_provider.condition import checks, conditions, stale
from airgap.kubernetes_provider.errors import ApiError, NoKind
from airgap.kubernetes_provider.objects import flag

Ready = Callable[[Cluster, Object], str | None]
"""None where it is ready, else what it waits for, in words for the person at the terminal."""

_UNSEEN = "waiting for the controller to see the change"


class Hopeless(Exception):
    """It will not become ready by waiting."""


def _deployment(_: Cluster, live: Object) -> str | None:
    status, spec = live.get("status") or {}, live["spec"]
    if stale(live, {"observedGeneration": 0, **status}):
        return _UNSEEN
    progress = conditions(live).get("Progressing", {})
    if progress.get("reason") == "ProgressDeadlineExceeded":
        raise Hopeless(f"the rollout passed its progress deadline: {progress.get('message', '')}")
    if spec.get("paused"):
        return None
    wanted = spec.get("replicas", 1)
    updated, available = status.get("updatedReplicas", 0), status.get("availableReplicas", 0)
    old = max(0, status.get("replicas", 0) - updated)
    if updated < wanted or available < wanted or old:
        return f"{updated} of {wanted} pods updated, {available} available, {old} old pods left"
    return None


def _stateful_set(_: Cluster, live: Object) -> str | None:
    status, spec = live.get("status") or {}, live["spec"]
    if stale(live, {"observedGeneration": 0, **status}):
        return _UNSEEN
    wanted = spec.get("replicas", 1)
    if (ready := status.get("readyReplicas", 0)) < wanted:
        return f"{ready} of {wanted} pods ready"
    strategy = spec.get("updateStrategy") or {}
    partition = (strategy.get("rollingUpdate") or {}).get("partition", 0)
    rolled = status.get("updateRevision") == status.get("currentRevision")
    if strategy.get("type") == "OnDelete" or rolled:
        return None
    updated, goal = status.get("updatedReplicas", 0), max(0, wanted - partition)
    return f"{updated} of {goal} pods updated" if updated < goal else None


def _daemon_set(_: Cluster, live: Object) -> str | None:
    status = live.get("status") or {}
    if stale(live, {"observedGeneration": 0, **status}):
        return _UNSEEN
    wanted, available = status.get("desiredNumberScheduled", 0), status.get("numberAvailable", 0)
    updated = status.get("updatedNumberScheduled", 0)
    if (live["spec"].get("updateStrategy") or {}).get("type") == "OnDelete":
        updated = wanted
    return f"{updated} of {wanted} pods updated, {available} available" if min(updated, available) < wanted else None


def _job(_: Cluster, live: Object) -> str | None:
    status, found = live.get("status") or {}, conditions(live)
    if found.get("Failed", {}).get("status") == "True":
        raise Hopeless(f"the job failed: {found['Failed'].get('message', '')}")
    if found.get("Complete", {}).get("status") == "True" or live["spec"].get("suspend"):
        return None
    return f"{status.get('active', 0)} active, {status.get('succeeded', 0)} succeeded, {status.get('failed', 0)} failed"


def _pod(_: Cluster, live: Object) -> str | None:
    status = live.get("status") or {}
    if status.get("phase") == "Failed":
        raise Hopeless(f"the pod failed: {status.get('message') or status.get('reason', '')}")
    if status.get("phase") == "Succeeded" or conditions(live).get("Ready", {}).get("status") == "True":
        return None
    return f"phase {status.get('phase', 'Pending')}"


def _service(cluster: Cluster, live: Object) -> str | None:
    spec, metadata = live["spec"], live["metadata"]
    if spec.get("type") == "LoadBalancer" and not ((live.get("status") or {}).get("loadBalancer") or {}).get("ingress"):
        return "waiting for a load balancer address"
    if spec.get("type") == "ExternalName" or spec.get("clusterIP") == "None" or not spec.get("selector"):
        return None
    slices = cluster.list(
        "discovery.k8s.io/v1",
        "EndpointSlice",
        metadata["namespace"],
        labelSelector=f"kubernetes.io/service-name={metadata['name']}",
    )
    endpoints = [each for one in slices for each in one.get("endpoints") or []]
    if any((each.get("conditions") or {}).get("ready", True) for each in endpoints):
        return None
    return f"no pod that its selector {json.dumps(spec['selector'])} picks is ready"


def _definition(cluster: Cluster, live: Object) -> str | None:
    found, spec = conditions(live), live["spec"]
    if found.get("NamesAccepted", {}).get("status") == "False":
        raise Hopeless(f"its names are not accepted: {found['NamesAccepted'].get('message', '')}")
    if found.get("Established", {}).get("status") != "True":
        return "not established yet"
    for version in spec["versions"]:
        if version.get("served"):
            try:
                cluster.kind(f"{spec['group']}/{version['name']}", spec["names"]["kind"], fresh=True)
            except NoKind:
                return f"the API server does not serve {version['name']} yet"
    return None


def _api_service(_: Cluster, live: Object) -> str | None:
    available = conditions(live).get("Available", {})
    if available.get("status") == "True":
        return None
    return f"not available: {available.get('message') or 'not looked at yet'}"


def _volume_claim(cluster: Cluster, live: Object) -> str | None:
    phase = (live.get("status") or {}).get("phase", "Pending")
    if phase == "Bound":
        return None
    if name := live["spec"].get("storageClassName"):
        try:
            storage = cluster.get("storage.k8s.io/v1", "StorageClass", None, name)
        except ApiError:
            return f"phase {phase}"
        if storage.get("volumeBindingMode") == "WaitForFirstConsumer":
            return None  # bound by the pod that comes later
    return f"phase {phase}"


def _namespace(_: Cluster, live: Object) -> str | None:
    return None if (live.get("status") or {}).get("phase") == "Active" else "not active yet"


KINDS: dict[str, Ready] = {
    "/Namespace": _namespace,
    "/PersistentVolumeClaim": _volume_claim,
    "/Pod": _pod,
    "/Service": _service,
    "apiextensions.k8s.io/CustomResourceDefinition": _definition,
    "apiregistration.k8s.io/APIService": _api_service,
    "apps/DaemonSet": _daemon_set,
    "apps/Deployment": _deployment,
    "apps/StatefulSet": _stateful_set,
    "batch/Job": _job,
}
"""By group/Kind."""


def readiness(body: Object) -> Ready | None:
    """How to judge this object; None where there is nothing to wait for."""
    if flag(body, "skipAwait"):
        return None
    if asked := checks(body):
        return lambda _, live: "; ".join(filter(None, (check(live) for check in asked))) or None
    return KINDS.get(f"{body['apiVersion'].rpartition('/')[0]}/{body['kind']}")
