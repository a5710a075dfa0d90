"""Many requests at one moment, and the replicas that were made for them."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx

from loadtests.follower import followers
from loadtests.held import service_s
from loadtests.ledger import Ledger, Request
from loadtests.replicas import Diary, Replica
from loadtests.watcher import Cluster

LIMIT_S = 60


@dataclass(frozen=True)
class Burst:
    requests: list[Request]
    replicas: list[Replica]

    @property
    def statuses(self) -> dict[int, int]:
        """How many of each; 0: no answer came."""
        found = [each.status for each in self.requests]
        return {status: found.count(status) for status in sorted(set(found))}

    @property
    def slowest_s(self) -> float:
        """Of the good answers."""
        return max(each.latency_ms for each in self.requests if each.ok) / 1000


def burst(service: dict[str, Any], platform: dict[str, Any], path: str, body: dict[str, Any], count: int) -> Burst:
    """`count` callers, each with a connection of its own, send at once; returns when all are answered."""
    ledger, diary = Ledger(), Diary()
    cluster = Cluster(platform["kubeconfig"], platform["context"])
    name = service["url"].rpartition("/")[2]
    streams = followers(cluster, service["namespace"], name, diary, ledger.now)
    together = threading.Barrier(count)

    def ask(number: int) -> None:
        with httpx.Client(timeout=LIMIT_S, trust_env=False) as http:
            together.wait()
            request = ledger.begin(number, ledger.now())
            try:
                answer = http.post(f"{service['url']}{path}", json=body)
            except httpx.HTTPError as error:
                ledger.end(request, 0, error=f"{type(error).__name__}: {error}")
            else:
                pod, took_s = answer.headers.get("x-pod", ""), service_s(answer.headers)
                ledger.end(request, answer.status_code, pod, answer.text[:100], service_s=took_s)

    for each in streams:
        each.start()
    try:
        with ThreadPoolExecutor(count) as callers:
            list(callers.map(ask, range(count)))
    finally:
        for each in streams:
            each.stop()
    return Burst(ledger.requests, diary.replicas(ledger.requests))
