"""The replicas' side of the ledger: which requests each began and ended, read from their logs while the load runs.

A replica writes a JSON line at either end of a request (bentos/embedder/middleware.py). A log is followed from its
start until its container has ended, so what a leaving replica did last is read too.
"""

import json
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from components import naming
from loadtests.ledger import Work
from loadtests.watcher import Cluster

HEADER = "x-correlation-id"
"""Carries a request's id to the replica. Not x-request-id, which the entry writes anew for callers from outside."""

LATE_S = 5
"""After the last answer, for its line to arrive."""
BEFORE_S = 5
"""Of a log that is older than the run."""
LONGEST_S = 3600
"""Between two lines of a log."""


def request_id(origin: float, number: int) -> str:
    """Of one request of one run; `origin` is the run's second 0, which all its processes know."""
    return f"{origin * 1e6:.0f}-{number}"


class Served:
    """What all replicas did about a run's requests, by their numbers."""

    def __init__(self, origin: float):
        self.work: dict[int, Work] = {}
        self._prefix = request_id(origin, 0)[:-1]

    def read(self, pod: str, lines: Iterable[bytes]) -> None:
        """Takes what is about this run; a replica writes other lines too."""
        for line in lines:
            if self._prefix.encode() not in line:
                continue
            try:
                told: Mapping[str, Any] = json.loads(line)
                number = int(told["request"].removeprefix(self._prefix))
                event = told["event"]
            except (ValueError, TypeError, KeyError, AttributeError):
                continue  # cut off when its replica was killed: what it says is missing then, which the verdict sees
            work = self.work.setdefault(number, Work())
            (work.began if event == "began" else work.ended).append(pod)


class Logs(threading.Thread):
    """Follows the log of each pod of a service, also of those that come while it runs."""

    def __init__(self, cluster: Cluster, namespace: str, service: str, served: Served):
        super().__init__(name="logs", daemon=True)
        self.cluster, self.served, self.service = cluster, served, service
        self.missed: list[str] = []
        """Logs that broke off: the pod and the reason."""
        self._pods = f"/api/v1/namespaces/{namespace}/pods"
        self._followed: set[str] = set()
        self._stopping = threading.Event()

    def run(self) -> None:
        [label] = naming.selector(self.service).items()
        while not self._stopping.is_set():
            try:
                found = self.cluster.request("GET", f"{self._pods}?labelSelector={'%3D'.join(label)}")["items"]
            except Exception as error:  # any: the next look is the retry
                self.missed.append(f"pods: {type(error).__name__}")
                found = []
            for pod in found:
                name, states = pod["metadata"]["name"], pod.get("status", {}).get("containerStatuses", [])
                if name not in self._followed and any("waiting" not in each["state"] for each in states):
                    self._followed.add(name)
                    threading.Thread(target=self._follow, args=(name,), daemon=True).start()
            self._stopping.wait(1)

    def settle(self, answered: Iterable[int]) -> None:
        """Returns once every answered request has its line, or none came for a while."""
        wanted, deadline = set(answered), time.monotonic() + LATE_S
        while time.monotonic() < deadline and not all(self._ended(number) for number in wanted):
            time.sleep(0.2)

    def stop(self) -> None:
        self._stopping.set()

    def _ended(self, number: int) -> bool:
        work = self.served.work.get(number)
        return work is not None and bool(work.ended)

    def _follow(self, pod: str) -> None:
        path = f"{self._pods}/{pod}/log?follow=true&sinceSeconds={BEFORE_S}"
        try:
            for lines in self._lines(path):
                if self._stopping.is_set():
                    return
                self.served.read(pod, lines)
        except Exception as error:  # any: answers that no replica owns to are what the verdict weighs
            if not self._stopping.is_set():
                self.missed.append(f"{pod}: {type(error).__name__}: {str(error).splitlines()[0][:120]}")

    def _lines(self, path: str) -> Iterator[list[bytes]]:
        rest = b""
        for piece in self.cluster.stream(path, LONGEST_S):
            *lines, rest = (rest + piece).split(b"\n")
            yield lines
