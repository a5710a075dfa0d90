"""CPU that a replica used, from the kubelet's own count, with its own times (/metrics/resource)."""

import re
import threading
from dataclasses import dataclass
from typing import Any

from loadtests.watcher import TIMEOUT_S, Cluster

LINE = re.compile(
    r'^container_cpu_usage_seconds_total\{container="([^"]+)",namespace="([^"]+)",pod="([^"]+)"\} (\S+) (\d+)$',
    re.MULTILINE,
)


@dataclass(frozen=True)
class Reading:
    at: float
    """Seconds since 1970, when the kubelet read it."""
    used_s: float


class Usage(threading.Thread):
    """Reads once a second what the service's container has used, until `stop`; the kubelet looks each five or so."""

    def __init__(self, cluster: Cluster, pod: dict[str, Any]):
        super().__init__(name="usage", daemon=True)
        self.cluster, self.node = cluster, pod["spec"]["nodeName"]
        self.wanted = pod["spec"]["containers"][0]["name"], pod["metadata"]["namespace"], pod["metadata"]["name"]
        self.readings: list[Reading] = []
        self._stopping = threading.Event()

    def run(self) -> None:
        while not self._stopping.wait(1):
            answer: Any = self.cluster.core.connect_get_node_proxy_with_path(
                self.node, "metrics/resource", _preload_content=False, _request_timeout=TIMEOUT_S
            )
            for *container, used, at in LINE.findall(answer.data.decode()):
                reading = Reading(int(at) / 1000, float(used))
                if tuple(container) == self.wanted and reading not in self.readings[-1:]:
                    self.readings.append(reading)

    def stop(self) -> None:
        self._stopping.set()
        self.join(timeout=5)

    def cores(self, begin: float, end: float) -> float | None:
        """Mean between two times (seconds since 1970); None of fewer than two readings there."""
        inside = [each for each in self.readings if begin <= each.at <= end]
        if len(inside) < 2:
            return None
        return (inside[-1].used_s - inside[0].used_s) / (inside[-1].at - inside[0].at)
