"""A control plane of real processes, nodes that kwok plays, and a thousand Deployments, each with its autoscaler."""

import base64
import contextlib
import itertools
import json
import secrets
import ssl
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from bench.external_metrics import GROUP, VERSION, Values
from tests.doubles.clusters.control_plane import ControlPlane
from tests.doubles.clusters.machines import FAKE
from tests.support.api_server import free_ports
from tests.support.pki import Authority

NODES, PODS_A_NODE = 10, "1000"
TARGET = 10
"""Of a metric, for one replica."""
LEAST, MOST = 1, 10
"""Replicas of a Deployment."""
BEHAVIOR: dict[str, Any] = {
    way: {"stabilizationWindowSeconds": 0, "policies": [{"type": "Pods", "value": 4, "periodSeconds": 1}]}
    for way in ("scaleUp", "scaleDown")
}
SILENT_S = 600
"""The longest that the fleet may rest unheard of."""
AT_ONCE = 4
"""Requests by which the fleet is made."""
NO_LIMIT = 5000
"""Requests a second: more than the machine does."""


class Plane(ControlPlane):
    """With external metrics fed by hand, and a controller manager that can be told otherwise."""

    def __init__(self, folder: Path, count: int):
        self._metrics_port = free_ports(1)[0]
        super().__init__(folder, secrets.token_urlsafe(32))
        self.values = Values(folder / "values", count)
        front = self.pki / "front-proxy"
        self.more_flags = (
            *self.more_flags,
            f"--requestheader-client-ca-file={front}/ca.crt",
            "--requestheader-allowed-names=front-proxy",
            "--requestheader-username-headers=X-Remote-User",
            "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
            f"--proxy-client-cert-file={front}/front-proxy.crt",
            f"--proxy-client-key-file={front}/front-proxy.key",
        )
        self.scheduler_flags = _rate(NO_LIMIT)

    def start(self) -> None:
        super().start()
        arguments = ("-m", "bench.external_metrics", f"{self._metrics_port}", f"{self.pki}", f"{self.folder}/values")
        self._run("external-metrics", *arguments, binary=sys.executable)
        # An external name, as there is no kube-proxy here that would take the API server to a service's address.
        service = {"type": "ExternalName", "externalName": "localhost"}
        self.create(_object("v1", "Service", "metrics", service))
        served = {
            "group": GROUP,
            "version": VERSION,
            "service": {"namespace": "default", "name": "metrics", "port": self._metrics_port},
            "caBundle": base64.b64encode((self.pki / "ca.crt").read_bytes()).decode(),
            "groupPriorityMinimum": 100,
            "versionPriority": 100,
        }
        self.create(_object("apiregistration.k8s.io/v1", "APIService", f"{VERSION}.{GROUP}", served, None))

    def restart_controllers(self, sync_s: float, requests_a_second: int) -> None:
        """The controller manager, with a look at each autoscaler each `sync_s`, and so many requests of each client."""
        self.controller_flags = (
            f"--horizontal-pod-autoscaler-sync-period={sync_s:g}s",
            *_rate(requests_a_second),
        )
        self.end("kube-controller-manager")
        self.start_controllers()

    def _issue(self, authority: Authority) -> None:
        super()._issue(authority)
        authority.issue("metrics", "metrics", hosts=["metrics.default.svc"])
        (self.pki / "front-proxy").mkdir()
        Authority(self.pki / "front-proxy").issue("front-proxy", "front-proxy")


class Fleet:
    """Deployments by number, from 0, and what is heard of them."""

    def __init__(self, plane: Plane, count: int):
        self.plane, self.count = plane, count
        self.desired = [0] * count
        self.ready = [0] * count
        self.desired_at = [0.0] * count
        """When desired, and below ready, became what it is: seconds of the monotonic clock."""
        self.ready_at = [0.0] * count
        self.changed = threading.Condition()

    def make(self) -> None:
        """Nodes, Deployments, autoscalers."""
        for number in range(NODES):
            body = _object("v1", "Node", f"node-{number}", {}, None)
            body["metadata"]["annotations"] = FAKE
            room = {"cpu": "1000", "memory": "1000Gi", "pods": PODS_A_NODE}
            body["status"] = {"capacity": room, "allocatable": room}
            self.plane.create(body)
        bodies = itertools.chain.from_iterable((_deployment(i), _autoscaler(i)) for i in range(self.count))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(self.plane.create, bodies))

    def await_(self, replicas: Sequence[int], seconds: float) -> bool:
        """Whether all come to have so many, asked for and ready, within the seconds."""
        wanted = list(replicas)
        with self.changed:
            return self.changed.wait_for(lambda: self.desired == wanted == self.ready, seconds)

    @contextlib.contextmanager
    def heard(self) -> Iterator[None]:
        """Follows the Deployments meanwhile."""
        pki = self.plane.pki
        context = ssl.create_default_context(cafile=str(pki / "ca.crt"))
        context.load_cert_chain(pki / "admin.crt", pki / "admin.key")
        path = f"{self.plane.server}/apis/apps/v1/namespaces/default/deployments"
        with (
            httpx.Client(verify=context, timeout=httpx.Timeout(10, read=SILENT_S)) as client,
            client.stream("GET", path, params={"watch": "true"}) as told,
        ):
            thread = threading.Thread(target=self._listen, args=[told], daemon=True)
            thread.start()
            yield

    def _listen(self, told: httpx.Response) -> None:
        # The stream ends with the connection, in whatever state its reader is then.
        with contextlib.suppress(httpx.HTTPError, httpx.StreamError, OSError, AttributeError):
            for line in told.iter_lines():
                self._hear(json.loads(line)["object"], time.monotonic())

    def _hear(self, deployment: dict[str, Any], now: float) -> None:
        number = int(deployment["metadata"]["name"].rpartition("-")[2])
        desired, ready = deployment["spec"]["replicas"], deployment["status"].get("readyReplicas", 0)
        with self.changed:
            if desired != self.desired[number]:
                self.desired[number], self.desired_at[number] = desired, now
            if ready != self.ready[number]:
                self.ready[number], self.ready_at[number] = ready, now
            self.changed.notify_all()


def _deployment(number: int) -> dict[str, Any]:
    labels = {"app": f"model-{number}"}
    pod = {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "containers": [{"name": "model", "image": "model"}],
    }
    spec = {
        "replicas": LEAST,
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": pod},
    }
    return _object("apps/v1", "Deployment", f"model-{number}", spec)


def _autoscaler(number: int) -> dict[str, Any]:
    target = {"type": "AverageValue", "averageValue": f"{TARGET}"}
    spec = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": f"model-{number}"},
        "minReplicas": LEAST,
        "maxReplicas": MOST,
        "metrics": [{"type": "External", "external": {"metric": {"name": f"load-{number}"}, "target": target}}],
        "behavior": BEHAVIOR,
    }
    return _object("autoscaling/v2", "HorizontalPodAutoscaler", f"model-{number}", spec)


def _object(
    api_version: str, kind: str, name: str, spec: dict[str, Any], namespace: str | None = "default"
) -> dict[str, Any]:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec}


def _rate(requests_a_second: int) -> tuple[str, str]:
    return f"--kube-api-qps={requests_a_second}", f"--kube-api-burst={2 * requests_a_second}"
