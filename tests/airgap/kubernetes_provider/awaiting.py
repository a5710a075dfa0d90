"""A create that waits, and what a kubelet would report meanwhile."""

import threading
import time
from typing import Any

from provider.protocol import Resource

LABELS = {"app": "shop"}
TEMPLATE = {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "main", "image": "shop:1"}]}}


class Waiting:
    """A create in a thread of its own."""

    def __init__(self, plugin, wanted: Resource):
        self.said: list[str] = []
        plugin.log.status = lambda _, text: self.said.append(text)
        self.result: Any = None
        self._thread = threading.Thread(target=self._run, args=(plugin, wanted), daemon=True)
        self._thread.start()

    def _run(self, plugin, wanted: Resource) -> None:
        try:
            self.result = plugin.create(wanted)
        except Exception as error:
            self.result = error

    def waits(self, text: str, seconds: float = 10) -> None:
        """Passes once progress has told `text`, and the create is still waiting a moment later."""
        deadline = time.monotonic() + seconds
        while not any(text in each for each in self.said):
            assert self.result is None, self.result
            assert time.monotonic() < deadline, self.said
            time.sleep(0.05)
        time.sleep(0.6)
        assert self.result is None, self.result

    def ends(self, seconds: float = 10) -> Any:
        self._thread.join(seconds)
        assert not self._thread.is_alive(), self.said
        return self.result


def controllers(kind: str) -> dict[str, Any]:
    return {
        "Deployment": {"replicas": 1, "selector": {"matchLabels": LABELS}, "template": TEMPLATE},
        "StatefulSet": {
            "replicas": 1,
            "serviceName": "shop",
            "selector": {"matchLabels": LABELS},
            "template": TEMPLATE,
        },
        "DaemonSet": {"selector": {"matchLabels": LABELS}, "template": TEMPLATE},
    }[kind]


def pods(api_server, namespace: str) -> list[dict[str, Any]]:
    deadline = time.monotonic() + 10
    while not (found := api_server.cluster.list("v1", "Pod", namespace)):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


def make_ready(api_server, namespace: str) -> None:
    """What a kubelet reports of running pods; the real controllers turn it into the statuses of their objects."""
    for pod in pods(api_server, namespace):
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        conditions = [
            {"type": kind, "status": "True", "lastTransitionTime": now}
            for kind in ("Ready", "ContainersReady", "PodScheduled")
        ]
        container = {
            "name": "main",
            "image": "shop:1",
            "imageID": "",
            "ready": True,
            "restartCount": 0,
            "state": {"running": {"startedAt": now}},
        }
        status = {
            "phase": "Running",
            "podIP": "10.1.2.3",
            "podIPs": [{"ip": "10.1.2.3"}],
            "conditions": conditions,
            "containerStatuses": [container],
        }
        api_server.patch("v1", "Pod", namespace, pod["metadata"]["name"], {"status": status}, status=True)
