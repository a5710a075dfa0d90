"""A small real service on loopback, and what KEDA and a kubelet would do for it on a cluster that has neither."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import kubernetes
import yaml

from loadtests.corpus import Corpus
from loadtests.sabotage import PAUSED

SERVICE_S = 0.04
"""One request at a time and pod: 25 requests per second."""
NAME = "embedder"


class Service:
    """POST /embedder/encode answers with the corpus' vectors; each pod serves one request after the other."""

    def __init__(self) -> None:
        self.pods: dict[str, threading.Lock] = {"pod-0": threading.Lock()}
        self.waiting: dict[str, int] = {}
        self.starts: list[float] = []
        self.bodies: list[bytes] = []
        self.garbage = False
        corpus = Corpus(NAME)
        vectors = dict(zip(corpus.sentences, map(json.dumps, corpus.vectors), strict=True))
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.answer(200 if self.path == "/embedder/readyz" else 404, b"")

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                service.starts.append(time.monotonic())
                service.bodies.append(body)
                pod = min(service.pods, key=lambda name: service.waiting.get(name, 0))
                service.waiting[pod] = service.waiting.get(pod, 0) + 1
                with service.pods.get(pod) or threading.Lock():
                    time.sleep(SERVICE_S)
                service.waiting[pod] -= 1
                texts = json.loads(body)["texts"]
                found = [json.dumps([0.05] * 384) if service.garbage else vectors[text] for text in texts]
                self.answer(200, f"[{','.join(found)}]".encode(), pod)

            def answer(self, status: int, body: bytes, pod: str = "") -> None:
                head = f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
                self.wfile.write((head + f"x-pod: {pod}\r\n\r\n").encode() + body)

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/embedder"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def rate(self) -> float:
        """Requests per second, over the last second."""
        since, count = time.monotonic() - 1, 0
        for start in reversed(self.starts):
            if start < since:
                break
            count += 1
        return count

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Cluster:
    """A namespace with a Deployment and a ScaledObject on a real API server; a thread scales it and readies its pods."""

    def __init__(self, kubeconfig: str, namespace: str, service: Service):
        api = kubernetes.config.new_client_from_config_dict(yaml.safe_load(kubeconfig))
        self.core, self.apps = kubernetes.client.CoreV1Api(api), kubernetes.client.AppsV1Api(api)
        self.custom = kubernetes.client.CustomObjectsApi(api)
        self.namespace, self.service = namespace, service
        self.core.create_namespace({"metadata": {"name": namespace}})
        labels = {"app.kubernetes.io/name": NAME}
        pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": NAME, "image": "none"}]}}
        spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": pod}
        self.apps.create_namespaced_deployment(namespace, {"metadata": {"name": NAME}, "spec": spec})
        trigger = {"type": "cron", "metadata": {}}  # KEDA's definition asks for one, and no KEDA runs
        body = {
            "apiVersion": "keda.sh/v1alpha1",
            "kind": "ScaledObject",
            "metadata": {"name": NAME},
            "spec": {"scaleTargetRef": {"name": NAME}, "triggers": [trigger]},
        }
        self.custom.create_namespaced_custom_object("keda.sh", "v1alpha1", namespace, "scaledobjects", body)
        self.quiet_since = time.monotonic()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def annotations(self) -> dict[str, str]:
        return self.scaled_object()["metadata"].get("annotations", {})

    def scaled_object(self) -> dict[str, Any]:
        return self.custom.get_namespaced_custom_object("keda.sh", "v1alpha1", self.namespace, "scaledobjects", NAME)

    def annotate(self, annotations: dict[str, str | None]) -> None:
        body = {"metadata": {"annotations": annotations}}
        self.custom.patch_namespaced_custom_object("keda.sh", "v1alpha1", self.namespace, "scaledobjects", NAME, body)

    def scale(self, replicas: int) -> None:
        self.apps.patch_namespaced_deployment_scale(NAME, self.namespace, {"spec": {"replicas": replicas}})

    def close(self) -> None:
        self._stopping.set()
        self._thread.join(5)

    def _run(self) -> None:
        while not self._stopping.wait(0.25):
            self._keda()
            self._kubelet()

    def _keda(self) -> None:
        paused = self.annotations().get(PAUSED) == "true"
        status = {"status": {"conditions": [{"type": "Paused", "status": str(paused)}]}}
        self.custom.patch_namespaced_custom_object_status(
            "keda.sh", "v1alpha1", self.namespace, "scaledobjects", NAME, status
        )
        if paused:
            return
        rate, now = self.service.rate(), time.monotonic()
        if rate > 12:
            self.quiet_since = now
            self.scale(3)
        elif now - self.quiet_since > 2:
            self.scale(1)

    def _kubelet(self) -> None:
        pods = self.core.list_namespaced_pod(self.namespace).items
        ready = {"status": {"conditions": [{"type": "Ready", "status": "True"}]}}
        for pod in pods:
            if not pod.status.conditions:
                self.core.patch_namespaced_pod_status(pod.metadata.name, self.namespace, ready)
        serving = [pod.metadata.name for pod in pods if pod.status.conditions]
        if serving:
            self.service.pods = {name: self.service.pods.get(name) or threading.Lock() for name in serving}
