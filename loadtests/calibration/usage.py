"""CPU that replicas used, from the kubelet's own count, with its own times (/metrics/resource)."""

import re
import threading
from collections.abc import Sequence
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


class Readings:
    """What the kubelet's pages say of the first container of some pods. Pure."""

    def __init__(self, pods: Sequence[dict[str, Any]]):
        self._of: dict[tuple[str, ...], list[Reading]] = {
            (pod["spec"]["containers"][0]["name"], pod["metadata"]["namespace"], pod["metadata"]["name"]): []
            for pod in pods
        }

    def take(self, page: str) -> None:
        for *container, used, at in LINE.findall(page):
            readings, reading = self._of.get(tuple(container)), Reading(int(at) / 1000, float(used))
            if readings is not None and reading not in readings[-1:]:
                readings.append(reading)

    def cores(self, begin: float, end: float) -> float | None:
        """Mean of all pods together between two times (seconds since 1970); None of fewer than two readings of one."""
        total = 0.0
        for readings in self._of.values():
            inside = [each for each in readings if begin <= each.at <= end]
            if len(inside) < 2:
                return None
            total += (inside[-1].used_s - inside[0].used_s) / (inside[-1].at - inside[0].at)
        return total


class Usage(threading.Thread):
    """Reads once a second what the pods' containers have used, for a block; the kubelet looks each five or so."""

    def __init__(self, cluster: Cluster, pods: Sequence[dict[str, Any]]):
        super().__init__(name="usage", daemon=True)
        self.cluster, self.nodes = cluster, {pod["spec"]["nodeName"] for pod in pods}
        self.readings = Readings(pods)
        self._stopping = threading.Event()

    def run(self) -> None:
        while not self._stopping.wait(1):
            for node in self.nodes:
                answer: Any = self.cluster.core.connect_get_node_proxy_with_path(
                    node, "metrics/resource", _preload_content=False, _request_timeout=TIMEOUT_S
                )
                self.readings.take(answer.data.decode())

    def __enter__(self) -> Readings:
        self.start()
        return self.readings

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self.join(timeout=5)
