"""What is said when a wait is given up: the cluster's own words, without secrets."""

import http.server
import ssl
import threading
import time
from dataclasses import replace

import pytest

from provider.protocol import InitFailed, Values
from tests.airgap.kubernetes_provider.calls import resource

pytestmark = pytest.mark.cluster

LOG = "loading\nTraceback (most recent call last):\nConnectionError: redis://:hunter22@cache refused\n"


@pytest.fixture
def kubelet(api_server, namespace):
    """The log endpoint of a kubelet, to which the API server hands on a request for a pod's log."""
    asked: list[str] = []

    class Logs(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(LOG.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Logs)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(api_server.pki / "kubelet.crt", api_server.pki / "kubelet.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    api_server.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": namespace}})
    status = {
        "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": server.server_address[1]}},
        "conditions": [{"type": "Ready", "status": "True"}],
    }
    api_server.patch("v1", "Node", None, namespace, {"status": status}, status=True)
    yield asked
    server.shutdown()
    api_server.cluster.delete("v1", "Node", None, namespace, "Background")


def test_giving_up_quotes_events_states_and_last_log_lines_without_secrets(plugin, api_server, namespace, kubelet):
    container = {"name": "main", "image": "shop:1", "env": [{"name": "PASSWORD", "value": "hunter22"}]}
    spec = {
        "selector": {"matchLabels": {"app": "shop"}},
        "template": {
            "metadata": {"labels": {"app": "shop"}},
            "spec": {"containers": [container], "nodeName": namespace},
        },
    }
    wanted = resource("apps/v1", "Deployment", namespace, timeout=4, spec=spec)
    secret = frozenset({("spec", "template", "spec", "containers", 0, "env", 0, "value")})
    wanted = replace(wanted, inputs=plugin.secrecy.learn(Values(wanted.inputs.plain, secret)))
    failures: list[InitFailed] = []

    def create() -> None:
        try:
            plugin.create(wanted)
        except InitFailed as failed:
            failures.append(failed)

    thread = threading.Thread(target=create)
    thread.start()
    while not (pods := api_server.cluster.list("v1", "Pod", namespace)):
        time.sleep(0.1)
    [pod] = pods
    crashed = {"exitCode": 1, "reason": "Error", "startedAt": None, "finishedAt": None}
    state = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s restarting failed container"}}
    container_status = {
        "name": "main",
        "image": "shop:1",
        "imageID": "",
        "ready": False,
        "restartCount": 3,
        "state": state,
        "lastState": {"terminated": crashed},
    }
    status = {"phase": "Running", "containerStatuses": [container_status]}
    api_server.patch("v1", "Pod", namespace, pod["metadata"]["name"], {"status": status}, status=True)
    involved = {
        "kind": "Pod",
        "namespace": namespace,
        "name": pod["metadata"]["name"],
        "uid": pod["metadata"]["uid"],
        "apiVersion": "v1",
    }
    api_server.create(
        {
            "apiVersion": "v1", "kind": "Event", "metadata": {"name": "one", "namespace": namespace}, "involvedObject": involved,
            "type": "Warning", "reason": "BackOff", "message": "Back-off restarting failed container", "count": 7,
        }
    )  # fmt: skip
    thread.join(20)

    [failed] = failures
    text = "\n".join(failed.reasons)
    assert f"pod {pod['metadata']['name']} is Running" in text
    assert (
        "container main (image shop:1): CrashLoopBackOff: back-off 10s restarting failed container; last exit code 1 (Error), 3 restarts"
        in text
    )
    assert "event BackOff: Back-off restarting failed container (x7)" in text
    assert "last log lines of main:" in text and "| ConnectionError: redis://" in text
    assert any("previous=true" in path for path in kubelet), "a crashed container's last life tells, not its next one"
    # The reasons are scrubbed where they leave the plugin.
    assert "hunter22" in text
    assert "hunter22" not in plugin.secrecy.scrub(text) and "redis://:[secret]@cache refused" in plugin.secrecy.scrub(
        text
    )
