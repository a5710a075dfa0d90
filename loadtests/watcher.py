"""Looks at the cluster each second while the load runs: how many replicas are wanted, how many are ready."""

import json
import threading
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

import kubernetes
import yaml

from components import naming
from loadtests.evidence import Sample

TIMEOUT_S = (2, 2)
"""Connect, read: a look that takes longer is dropped, and the next second looks again."""

SILENT_S = 60
"""After so long without a change a stream is opened anew: its connection may be dead."""

GROUP, VERSION, SCALED_OBJECTS = "keda.sh", "v1alpha1", "scaledobjects"


_STREAM: dict[str, Any] = {"watch": True, "_preload_content": False, "_request_timeout": (TIMEOUT_S[0], SILENT_S)}


class Cluster:
    """The calls that a load test makes. Bodies stay plain dicts: typed models would cost the generator 5 ms each."""

    def __init__(self, kubeconfig: str, context: str):
        settings = kubernetes.client.Configuration()
        settings.retries = False  # the next second's look is the retry
        kubernetes.config.load_kube_config_from_dict(
            yaml.safe_load(kubeconfig), context=context, client_configuration=settings
        )
        api = kubernetes.client.ApiClient(settings)
        self.api = api
        self.apps, self.custom = kubernetes.client.AppsV1Api(api), kubernetes.client.CustomObjectsApi(api)
        self.core = kubernetes.client.CoreV1Api(api)

    def deployment(self, namespace: str, name: str) -> dict[str, Any]:
        answer: Any = self.apps.read_namespaced_deployment(
            name, namespace, _preload_content=False, _request_timeout=TIMEOUT_S
        )
        return json.loads(answer.data)

    def changes_of_deployment(self, namespace: str, name: str) -> Any:
        """A stream of lines, an event each, which begins with the Deployment as it is."""
        return self.apps.list_namespaced_deployment(namespace, field_selector=f"metadata.name={name}", **_STREAM)

    def changes_of_pods(self, namespace: str, name: str) -> Any:
        """The same of its pods."""
        labels = ",".join(f"{key}={value}" for key, value in naming.selector(name).items())
        return self.core.list_namespaced_pod(namespace, label_selector=labels, **_STREAM)

    def scaled_object(self, namespace: str, deployment: str) -> dict[str, Any] | None:
        """The ScaledObject whose target is this Deployment."""
        found: Any = self.custom.list_namespaced_custom_object(
            GROUP, VERSION, namespace, SCALED_OBJECTS, _request_timeout=TIMEOUT_S
        )
        return next((o for o in found["items"] if o["spec"]["scaleTargetRef"]["name"] == deployment), None)

    def annotate(self, namespace: str, scaled_object: str, annotations: dict[str, str | None]) -> None:
        """Sets these annotations, removes those that are None, leaves others alone."""
        self.custom.patch_namespaced_custom_object(
            GROUP,
            VERSION,
            namespace,
            SCALED_OBJECTS,
            scaled_object,
            {"metadata": {"annotations": annotations}},
            _request_timeout=TIMEOUT_S,
        )

    def request(self, method: str, path: str, body: Any = None) -> Any:
        """Any other call: the answer's JSON. A list as body is a JSON patch."""
        kind = "application/json-patch+json" if isinstance(body, list) else "application/json"
        header = {"Content-Type": kind, "Accept": "application/json"}
        return json.loads(self._call(method, path, header, body, TIMEOUT_S).read())

    def stream(self, path: str, silence_s: float) -> Iterator[bytes]:
        """The answer piece by piece, as it comes; `silence_s` is the longest wait for the next."""
        answer = self._call("GET", path, {"Accept": "*/*"}, None, (TIMEOUT_S[0], silence_s))
        yield from answer.response.stream()

    def _call(self, method: str, path: str, header: dict[str, str], body: Any, timeout: tuple[float, float]) -> Any:
        call = self.api.param_serialize(method, path, header_params=header, body=body, auth_settings=["BearerToken"])
        answer = self.api.call_api(*call, _request_timeout=timeout)
        if answer.status >= HTTPStatus.BAD_REQUEST:
            answer.read()
            raise kubernetes.client.ApiException(http_resp=answer)
        return answer


def look(cluster: Cluster, namespace: str, name: str, at: float) -> Sample:
    """One look at a Deployment."""
    return sample(cluster.deployment(namespace, name), at)


def sample(deployment: dict[str, Any], at: float) -> Sample:
    status = deployment.get("status", {})
    return Sample(at, deployment["spec"].get("replicas", 1), status.get("readyReplicas", 0))


def rolled_out(deployment: dict[str, Any]) -> bool:
    """Whether every replica is of the present template, and ready."""
    status, wanted = deployment.get("status", {}), deployment["spec"].get("replicas", 1)
    counts = {status.get(key, 0) for key in ("replicas", "updatedReplicas", "readyReplicas")}
    return status.get("observedGeneration") == deployment["metadata"]["generation"] and counts == {wanted}


class Watcher(threading.Thread):
    """One sample per second of `clock`, until `stop`. Under Locust a thread is a greenlet, which suits it."""

    def __init__(self, cluster: Cluster, namespace: str, name: str, clock: Callable[[], float]):
        super().__init__(name="watcher", daemon=True)
        self.cluster, self.namespace, self.deployment_name, self.clock = cluster, namespace, name, clock
        self.samples: list[Sample] = []
        self.missed: list[str] = []
        """Looks that failed: the second and the reason."""
        self._stopping = threading.Event()

    def run(self) -> None:
        while not self._stopping.is_set():
            at = self.clock()
            try:
                self.samples.append(look(self.cluster, self.namespace, self.deployment_name, at))
            except Exception as error:  # any: a blind second is a gap in the series, which the verdict weighs
                self.missed.append(f"{at:.0f} s: {type(error).__name__}: {str(error).splitlines()[0][:120]}")
            self._stopping.wait(1 - self.clock() % 1)

    def stop(self) -> None:
        self._stopping.set()
        self.join(timeout=5)

    @property
    def last(self) -> Sample | None:
        return self.samples[-1] if self.samples else None
