"""Autoscalers side by side on one service: each is put in the place of the one before, with the platform's period."""

import contextlib
import json
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal
from unittest import mock

from airgap.errors import SetupError
from airgap.node import claims, processes, programs, supervision
from airgap.node.layout import SCALER_SYNC_S
from commands.stages import report
from components.capacity import Capacity
from components.card import Card
from components.objects import Document
from components.planning import DEFAULT_SYNC_S
from components.planning.signals import quarter_s
from components.service.scaling import scaled_object_spec
from provider.node import spec_of

CPU_SHARE = 0.7
"""Of the limit, the default autoscaler's target. Its percentage would be of the request, a quarter of our limit."""
TUNED_SHARE = 0.5
WAIT_S = 90
RATE_WINDOW_S = 60
"""That the KEDA arm's rate looks back."""
READ_S = 15
"""Of metrics-server, which tells the CPU of the time since its last reading."""
MANAGER = "bench"
"""Of the fields of the arms."""

Name = Literal["hpa-default", "hpa-tuned", "keda", "ours", "ours+standby"]


@dataclass(frozen=True, kw_only=True)
class Scaler:
    """An object that scales the service, and how often the autoscaler looks."""

    kind: Literal["ScaledObject", "HorizontalPodAutoscaler"]
    spec: Document
    sync_s: int
    forgets_s: int
    """After so long without load its next look tells nothing of the run before."""

    @property
    def least(self) -> int:
        """Replicas at rest."""
        return self.spec["minReplicas" if self.kind == "HorizontalPodAutoscaler" else "minReplicaCount"]


def scalers(card: Card, capacity: Capacity, prometheus: str) -> dict[str, Scaler]:
    """By arm. All look at the same service between the same bounds."""
    ours = scaled_object_spec(card, capacity, prometheus)
    ready = card.model_copy(update={"scale": card.scale.model_copy(update={"standby": 1})})
    quick = ours["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    rate = f'sum(rate(bentoml_service_request_total{{app="{card.name}"}}[{RATE_WINDOW_S}s]))'
    asked = {"serverAddress": prometheus, "query": rate, "threshold": f"{capacity.rps_per_replica:g}"}
    bounds = {key: ours[key] for key in ("scaleTargetRef", "minReplicaCount", "maxReplicaCount")}
    by_rate = {**bounds, "triggers": [{"type": "prometheus", "metricType": "AverageValue", "metadata": asked}]}
    default = Scaler(
        kind="HorizontalPodAutoscaler", spec=_by_cpu(card, capacity), sync_s=DEFAULT_SYNC_S, forgets_s=2 * READ_S
    )
    alone = Scaler(kind="ScaledObject", spec=ours, sync_s=SCALER_SYNC_S, forgets_s=quarter_s(card))
    tuned = {**_by_cpu(card, capacity, TUNED_SHARE), "behavior": quick}
    return {
        "hpa-default": default,
        "hpa-tuned": replace(default, spec=tuned, sync_s=SCALER_SYNC_S),
        "keda": Scaler(kind="ScaledObject", spec=by_rate, sync_s=DEFAULT_SYNC_S, forgets_s=RATE_WINDOW_S),
        "ours": alone,
        "ours+standby": replace(alone, spec=scaled_object_spec(ready, capacity, prometheus)),
    }


def _by_cpu(card: Card, capacity: Capacity, share: float = CPU_SHARE) -> Document:
    target = {"type": "AverageValue", "averageValue": f"{capacity.cpu * 1000 * share:.0f}m"}
    return {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": card.name},
        "minReplicas": card.scale.min,
        "maxReplicas": card.scale.max,
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
    }


class Place:
    """Where one service's scaler is exchanged; `restored` puts back the stack's own, whatever happens."""

    def __init__(self, namespace: str, service: str):
        self.namespace, self.service = namespace, service
        shown = self._kubectl("get", "scaledobject", service, "-o", "json", "--show-managed-fields")
        self.own: dict[str, Any] = json.loads(shown)
        self.owner = owner(self.own)
        self.prometheus: str = self.own["spec"]["triggers"][0]["metadata"]["serverAddress"]

    @contextlib.contextmanager
    def restored(self) -> Iterator[None]:
        try:
            yield
        finally:
            self._remove()
            self._apply("ScaledObject", self.own["spec"], self.owner)
            look_each(SCALER_SYNC_S)

    def put(self, scaler: Scaler) -> None:
        """This scaler and no other, over a service at its least replicas whose last load it cannot see any more."""
        begin = time.monotonic()
        self._remove()
        look_each(scaler.sync_s)
        self._kubectl("scale", f"deployment/{self.service}", f"--replicas={scaler.least}")
        end = time.monotonic() + WAIT_S
        while self._pods() != scaler.least:
            if time.monotonic() > end:
                raise SetupError(f"bench: {self.service} did not come to {scaler.least} replicas in {WAIT_S} s.")
            time.sleep(1)
        time.sleep(max(0.0, begin + scaler.forgets_s - time.monotonic()))
        self._apply(scaler.kind, scaler.spec, MANAGER)

    def _pods(self) -> int:
        """Those that leave included: they use the machine still."""
        return len(
            json.loads(self._kubectl("get", "pods", "-l", f"app.kubernetes.io/name={self.service}", "-o", "json"))[
                "items"
            ]
        )

    def _remove(self) -> None:
        kinds = "scaledobjects.keda.sh,horizontalpodautoscalers.autoscaling"
        # KEDA deletes the autoscaler that it had made before its object goes.
        self._kubectl("delete", kinds, self.service, "--ignore-not-found", f"--timeout={WAIT_S}s")

    def _apply(self, kind: str, spec: Mapping[str, Any], manager: str) -> None:
        of = {"ScaledObject": "keda.sh/v1alpha1", "HorizontalPodAutoscaler": "autoscaling/v2"}
        kept = {key: self.own["metadata"][key] for key in ("name", "namespace", "labels", "annotations")}
        self._kubectl(
            "apply",
            "--server-side",
            f"--field-manager={manager}",
            "-f",
            "-",
            given=json.dumps({"apiVersion": of[kind], "kind": kind, "metadata": kept, "spec": spec}),
        )

    def _kubectl(self, *arguments: str, given: str | None = None) -> str:
        ran = subprocess.run(
            ["kubectl", "--namespace", self.namespace, *arguments], input=given, capture_output=True, text=True
        )
        if ran.returncode:
            raise SetupError(f"bench: kubectl {' '.join(arguments)}: {ran.stderr.strip()}")
        return ran.stdout


def owner(found: Mapping[str, Any]) -> str:
    """Whose fields the stack's own scaler has: what is put back under another name is a conflict to the next `up`."""
    appliers = [each["manager"] for each in found["metadata"]["managedFields"] if each["operation"] == "Apply"]
    name, namespace = found["metadata"]["name"], found["metadata"]["namespace"]
    if MANAGER in appliers or len(appliers) != 1:
        whose = ", ".join(appliers) or "nobody"
        raise SetupError(
            f"bench: the scaler of {namespace}/{name} is of {whose}, not of a stack alone, as a run that was cut off "
            f"leaves it. To fix: kubectl delete scaledobject {name} -n {namespace}; make up"
        )
    return appliers[0]


def look_each(seconds: int) -> None:
    """Restarts the built node's controller manager with this period of its autoscaler, where it has another."""
    layout = claims.load(spec_of("local"))
    if layout is None:
        raise SetupError("bench: there is no built node. To fix: make up")
    with mock.patch.object(processes, "SCALER_SYNC_S", seconds):  # its command line is its tag: another means a restart
        supervision.ensure(layout, programs.ensure(report), report)
