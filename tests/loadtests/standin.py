"""A small real service on loopback, and what KEDA and a kubelet would do for it on a cluster that has neither."""

import json
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import kubernetes
import yaml
from kubernetes.client.exceptions import NotFoundException

from loadtests.corpus import Corpus
from loadtests.sabotage import PAUSED
from loadtests.served import HEADER

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
        self.logs: dict[str, list[bytes]] = {}
        """What each pod wrote to its stdout."""
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
                self.told(pod, "began")
                with service.pods.get(pod) or threading.Lock():
                    time.sleep(SERVICE_S)
                service.waiting[pod] -= 1
                self.told(pod, "ended")
                texts = json.loads(body)["texts"]
                found = [json.dumps([0.05] * 384) if service.garbage else vectors[text] for text in texts]
                self.answer(200, f"[{','.join(found)}]".encode(), pod)

            def told(self, pod: str, event: str) -> None:
                line = json.dumps({"request": self.headers[HEADER], "event": event})
                service.logs.setdefault(pod, []).append(f"{line}\n".encode())

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

    def __init__(self, kubeconfig: str, namespace: str, service: Service, kubelet: Path):
        """`kubelet` is where its certificate and key are: kubelet.crt, kubelet.key."""
        api = kubernetes.config.new_client_from_config_dict(yaml.safe_load(kubeconfig))
        self.core, self.apps = kubernetes.client.CoreV1Api(api), kubernetes.client.AppsV1Api(api)
        self.custom = kubernetes.client.CustomObjectsApi(api)
        self.namespace, self.service = namespace, service
        self.core.create_namespace({"metadata": {"name": namespace}})
        labels = {"app.kubernetes.io/name": NAME}
        probe = {"httpGet": {"path": "/readyz", "port": 3000}, "periodSeconds": 1}
        container = {"name": NAME, "image": "none", "startupProbe": probe}
        pod = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
        spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": pod}
        self.apps.create_namespaced_deployment(namespace, {"metadata": {"name": NAME}, "spec": spec})
        asked = {"query": f'sum(in_flight{{app="{NAME}"}})', "threshold": "2.5"}
        trigger = {"type": "prometheus", "metadata": asked}  # KEDA's definition asks for one, and no KEDA runs
        schedule = {"type": "cron", "metadata": {"start": "0 6 * * *", "end": "0 7 * * *", "desiredReplicas": "2"}}
        body = {
            "apiVersion": "keda.sh/v1alpha1",
            "kind": "ScaledObject",
            "metadata": {"name": NAME},
            "spec": {"scaleTargetRef": {"name": NAME}, "triggers": [trigger, schedule]},
        }
        self.custom.create_namespaced_custom_object("keda.sh", "v1alpha1", namespace, "scaledobjects", body)
        self.quiet_since = time.monotonic()
        self.leaving: Callable[[str], None] = lambda pod: None
        """What a pod that was told to end does last."""
        self.node = Kubelet(service, kubelet)
        self._join()
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

    def leave_alone(self) -> None:
        """From here on only the test scales, and starts pods."""
        self._stopping.set()
        self._thread.join(5)

    def close(self) -> None:
        self.leave_alone()
        self.core.delete_node(self.namespace)
        self.node.close()

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

    def _join(self) -> None:
        """A node for the pods, where the API server asks for their logs."""
        self.core.create_node({"metadata": {"name": self.namespace}})
        status = {
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": self.node.port}},
        }
        self.core.patch_node_status(self.namespace, {"status": status})

    def _kubelet(self) -> None:
        pods = self.core.list_namespaced_pod(self.namespace).items
        running = {"name": NAME, "image": "none", "imageID": "", "ready": True, "restartCount": 0}
        running["state"] = {"running": {"startedAt": "2026-01-01T00:00:00Z"}}
        ready = {"conditions": [{"type": "Ready", "status": "True"}], "containerStatuses": [running]}
        for pod in pods:
            name = pod.metadata.name
            if pod.metadata.deletion_timestamp:
                self.leaving(name)
                self.core.delete_namespaced_pod(name, self.namespace, grace_period_seconds=0)
            elif not pod.spec.node_name:
                target = {"metadata": {"name": name}, "target": {"kind": "Node", "name": self.namespace}}
                with suppress(NotFoundException):  # scaled away meanwhile: one without a node leaves at once
                    self.core.create_namespaced_pod_binding(name, self.namespace, target, _preload_content=False)
                    self.core.patch_namespaced_pod_status(name, self.namespace, {"status": ready})
        self.node.pods = {pod.metadata.name for pod in pods}
        serving = [pod.metadata.name for pod in pods if pod.spec.node_name]
        if serving:
            self.service.pods = {name: self.service.pods.get(name) or threading.Lock() for name in serving}


class Kubelet:
    """Answers the API server's question for a pod's log, as it is written, until the pod is gone."""

    def __init__(self, service: Service, pki: Path):
        self.pods: set[str] = set()
        self._open = True
        kubelet = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                _, logs, _, pod, _ = self.path.split("?")[0].split("/")
                assert logs == "containerLogs"
                self.send_response(200)
                self.end_headers()
                written = service.logs.setdefault(pod, [])
                sent = 0
                while kubelet._open and (pod in kubelet.pods or sent < len(written)):
                    self.wfile.write(b"".join(written[sent : (sent := len(written))]))
                    self.wfile.flush()
                    time.sleep(0.1)

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pki / "kubelet.crt", pki / "kubelet.key")
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._open = False
        self.server.shutdown()
        self.server.server_close()
