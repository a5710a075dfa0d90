"""A steady load of long requests, with both sides of its ledger: what callers were answered, and what replicas did."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from loadtests.ledger import Ledger, Tally, tally
from loadtests.served import HEADER, Logs, Served, request_id
from loadtests.watcher import Cluster

MOST_AT_ONCE = 100


class Steady:
    """A context in which `rate` requests a second are sent, whatever becomes of those before."""

    def __init__(self, service: dict[str, Any], platform: dict[str, Any], path: str, body: dict[str, Any], rate: float):
        self.url, self.body, self.rate = f"{service['url']}{path}", body, rate
        self.ledger = Ledger()
        cluster = Cluster(platform["kubeconfig"], platform["context"])
        name = service["url"].rpartition("/")[2]
        self.logs = Logs(cluster, service["namespace"], name, Served(self.ledger.origin))
        self._end = threading.Event()
        self._http = httpx.Client(timeout=30, trust_env=False, limits=httpx.Limits(max_connections=MOST_AT_ONCE))
        self._callers = ThreadPoolExecutor(MOST_AT_ONCE)
        self._clock = threading.Thread(target=self._send)

    def __enter__(self) -> "Steady":
        self.logs.start()
        self._clock.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._clock.join()
        self._callers.shutdown()
        self.logs.settle(request.number for request in self.ledger.requests if request.ok)
        self.logs.stop()
        self._http.close()

    @property
    def tally(self) -> Tally:
        return tally(self.ledger.requests, self.logs.served.work)

    @property
    def lost(self) -> list[str]:
        """A line for each request without a good answer."""
        return [f"{r.due:.1f} s: {r.status} {r.error} {r.pod}" for r in self.ledger.requests if not r.ok]

    def in_flight(self) -> Counter[str]:
        """Requests that each replica has begun and not ended."""
        works = list(self.logs.served.work.values())
        return Counter(pod for work in works for pod in work.began if pod not in work.ended)

    def _send(self) -> None:
        due, number = self.ledger.now(), 0
        while not self._end.wait(max(0.0, due - self.ledger.now())):
            self._callers.submit(self._ask, number, due)
            due, number = due + 1 / self.rate, number + 1

    def _ask(self, number: int, due: float) -> None:
        request = self.ledger.begin(number, due)
        try:
            header = {HEADER: request_id(self.ledger.origin, number)}
            answer = self._http.post(self.url, json=self.body, headers=header)
        except httpx.HTTPError as error:
            self.ledger.end(request, 0, error=f"{type(error).__name__}: {error}")
        else:
            said = "" if answer.is_success else answer.text[:200]
            self.ledger.end(request, answer.status_code, answer.headers.get("x-pod", ""), said)
