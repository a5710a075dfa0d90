"""KEDA's part: a ScaledObject that is sound is ready, and has a HorizontalPodAutoscaler."""

from typing import Any

from airgap.kubernetes_provider.cluster import Object
from airgap.kubernetes_provider.errors import ApiError
from provider.protocol import at
from tests.doubles.clusters import triggers
from tests.doubles.clusters.stage import Stage

KEDA, AUTOSCALING = "keda.sh/v1alpha1", "autoscaling/v2"
TARGET_WRONG = "ScaledObject doesn't have correct scaleTargetRef specification"
MOST = 100
"""Replicas, where a ScaledObject names no bound."""


class Unsound(Exception):
    """What KEDA's webhook or its operator would say."""


def scaled_objects(stage: Stage) -> None:
    """Without KEDA they are objects as any others."""
    for each in stage.all(KEDA, "ScaledObject") if stage.releases("keda") else ():
        try:
            _check(stage, each)
            if silent := [text for one in each["spec"]["triggers"] if (text := triggers.silent(stage, one))]:
                _report(stage, each, TRIGGER_ERROR, NOT_ACTIVE)
                stage.warn(each, "KEDAScalerFailed", silent[0])
                continue
            _ensure_autoscaler(stage, each)
        except Unsound as why:
            _report(stage, each, ("Ready", "False", "ScaledObjectCheckFailed", str(why)), UNKNOWN_STATE)
            stage.warn(each, "ScaledObjectCheckFailed", str(why))
        else:
            _report(stage, each, READY, NOT_ACTIVE, **_found(stage, each))


def _ensure_autoscaler(stage: Stage, scaled: Object) -> None:
    try:
        stage.ensure(autoscaler(scaled))
    except ApiError as error:
        raise Unsound(f"{triggers.FAILED}: {error}") from None


def _check(stage: Stage, scaled: Object) -> None:
    spec, home = scaled["spec"], scaled["metadata"]["namespace"]
    target, api_version, kind = _target(scaled)
    if stage.find(api_version, kind, home, target) is None:
        raise Unsound(f'{TARGET_WRONG}: {kind.lower()}s.{api_version.partition("/")[0]} "{target}" not found')
    least, most = spec.get("minReplicaCount", 0), spec.get("maxReplicaCount", MOST)
    if least > most:
        counts = "ScaledObject doesn't have correct Idle/Min/Max Replica Counts specification"
        raise Unsound(f"{counts}: MinReplicaCount={least} must be less than MaxReplicaCount={most}")
    _refuse_second(stage, scaled)
    for problem in triggers.problems(spec["triggers"]):
        raise Unsound(problem)


def _refuse_second(stage: Stage, scaled: Object) -> None:
    """Two scalers of one workload would pull it to and fro; the older stays."""
    target, api_version, kind = _target(scaled)
    what = f"the workload '{target}' of type '{api_version}.{kind}' is already managed by the"
    home, mine = scaled["metadata"]["namespace"], scaled["metadata"]["name"]
    for each in stage.all(KEDA, "ScaledObject"):
        if each["metadata"]["namespace"] == home and _target(each) == _target(scaled):
            if each["metadata"]["name"] == mine:
                break
            raise Unsound(f"{what} ScaledObject '{each['metadata']['name']}'")
    for each in stage.all(AUTOSCALING, "HorizontalPodAutoscaler"):
        reference = each["spec"]["scaleTargetRef"]
        named = (reference["name"], reference.get("apiVersion"), reference["kind"]) == (target, api_version, kind)
        owners = [(owner["kind"], owner["name"]) for owner in each["metadata"].get("ownerReferences") or []]
        if each["metadata"]["namespace"] == home and named and ("ScaledObject", mine) not in owners:
            raise Unsound(f"{what} hpa '{each['metadata']['name']}'")


def autoscaler(scaled: Object) -> Object:
    """It ends with the ScaledObject, which owns it."""
    spec, metadata = scaled["spec"], scaled["metadata"]
    target, api_version, kind = _target(scaled)
    config = at(spec, ("advanced", "horizontalPodAutoscalerConfig")) or {}
    name = config.get("name") or f"keda-hpa-{metadata['name']}"
    mine = {"app.kubernetes.io/name": name, "app.kubernetes.io/managed-by": "keda-operator"}
    owner = {"apiVersion": KEDA, "kind": "ScaledObject", "name": metadata["name"], "uid": metadata["uid"]}
    return {
        "apiVersion": AUTOSCALING,
        "kind": "HorizontalPodAutoscaler",
        "metadata": {
            "name": name,
            "namespace": metadata["namespace"],
            "labels": {**(metadata.get("labels") or {}), **mine},
            "ownerReferences": [{**owner, "controller": True, "blockOwnerDeletion": True}],
        },
        "spec": {
            "scaleTargetRef": {"apiVersion": api_version, "kind": kind, "name": target},
            # An autoscaler cannot go to zero; KEDA does that by itself.
            "minReplicas": spec.get("minReplicaCount") or 1,
            "maxReplicas": spec.get("maxReplicaCount", MOST),
            "metrics": [triggers.metric(index, each, metadata["name"]) for index, each in enumerate(spec["triggers"])],
            **({"behavior": config["behavior"]} if "behavior" in config else {}),
        },
    }


def _found(stage: Stage, scaled: Object) -> dict[str, Any]:
    """The rest of the status of a sound one."""
    target, api_version, kind = _target(scaled)
    asked = scaled["spec"]["triggers"]
    live = stage.find(api_version, kind, scaled["metadata"]["namespace"], target) or {}
    before = scaled.get("status") or {}
    names = [triggers.metric_name(*each) for each in enumerate(asked) if each[1]["type"] not in triggers.RESOURCES]
    return {
        "scaleTargetKind": f"{api_version}.{kind}",
        "originalReplicaCount": before.get("originalReplicaCount", at(live, ("spec", "replicas")) or 0),
        "externalMetricNames": names,
        "triggersTypes": ",".join(dict.fromkeys(each["type"] for each in asked)),
        "hpaName": autoscaler(scaled)["metadata"]["name"],
    }


Condition = tuple[str, str, str, str]
READY = ("Ready", "True", "ScaledObjectReady", "ScaledObject is defined correctly and is ready for scaling")
TRIGGER_ERROR = ("Ready", "False", "TriggerError", "Triggers defined in ScaledObject are not working correctly")
NOT_ACTIVE = ("Active", "False", "ScalerNotActive", "Scaling is not performed because triggers are not active")
"""No request has come: nothing runs here that could get one."""
UNKNOWN_STATE = ("Active", "Unknown", "UnknownState", "ScaledObject check failed")
FALLBACK = ("Fallback", "False", "NoFallbackFound", "No fallbacks are active on this scaled object")


def _report(stage: Stage, scaled: Object, ready: Condition, active: Condition, **more: Any) -> None:
    """KEDA's conditions carry neither a generation nor a time."""
    names = ("type", "status", "reason", "message")
    told = [dict(zip(names, each, strict=True)) for each in (ready, active, FALLBACK)]
    stage.report(scaled, {"conditions": told, **more})


def _target(scaled: Object) -> tuple[str, str, str]:
    """(name, apiVersion, kind)."""
    reference: dict[str, Any] = scaled["spec"]["scaleTargetRef"]
    return reference["name"], reference.get("apiVersion") or "apps/v1", reference.get("kind") or "Deployment"
