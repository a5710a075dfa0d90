"""Loads without a shape: one rate, or so many callers, for as long as the figure needs."""

import logging
import time
from collections.abc import Callable, Sequence

import gevent
from locust.env import Environment

from loadtests.arrivals import steady
from loadtests.corpus import Corpus
from loadtests.generator import Generator, pinned
from loadtests.ledger import Request
from loadtests.shapes import callers
from loadtests.target import Refused, Target
from loadtests.users import USERS
from loadtests.validity import lag

SPAWN_S = 1.0
"""Before the first arrival: until the callers are there."""
ASK_S = 2.0
"""Between two looks at whether a load has told enough: each goes through all requests, and the callers wait for it."""
Enough = Callable[[Sequence[Request]], bool]


class Sender:
    """Sends loads to one service, one after another. Results are the ledger's rows."""

    def __init__(self, target: Target, timeout_s: float):
        self.user, self.timeout_s = USERS[target.service], timeout_s
        self.user.timeout_s, self.user.host = timeout_s, target.url
        self.corpus = Corpus(target.service)
        self.environment = Environment(user_classes=[self.user], host=target.url, stop_timeout=timeout_s + 1)
        self.runner = self.environment.create_local_runner()
        logging.getLogger("locust.runners").setLevel(logging.ERROR)  # it warns about many callers at once
        pinned()

    def open(
        self, rps: float, seconds: float, seed: int, arrivals: str = "poisson", enough: Enough | None = None
    ) -> list[Request]:
        """An open loop, which ends before its time once `enough` says so of what was sent.

        Refused where the generator was late, as the latencies would be its own.
        """
        due = steady(rps, seconds, seed, arrivals)
        found = self._send(due, callers(rps, self.timeout_s), seed, enough)
        late, limit = lag(found)
        if late > limit:
            raise Refused(
                f"the generator sent at p99 {late:.1f} ms late (limit {limit:.1f} ms) at {rps:g} requests a second. "
                "To fix: end what else uses the machine, and run again."
            )
        return found

    def closed(self, count: int, requests: int, seed: int) -> list[Request]:
        """So many callers, each of whom sends when it is answered."""
        return self._send([0.0] * requests, count, seed)

    def sizes(self, seed: int, count: int) -> list[int]:
        """Of the requests that this seed sends."""
        return self.corpus.draw(seed, count).sizes

    def _send(self, due: Sequence[float], count: int, seed: int, enough: Enough | None = None) -> list[Request]:
        generator = self.user.generator = Generator(due)
        self.user.requests = self.corpus.draw(seed, len(due))
        self.runner.start(count, spawn_rate=count)
        generator.begin(time.perf_counter() + SPAWN_S)
        requests = generator.ledger.requests
        deadline = (due[-1] if len(due) else 0.0) + len(due) * self.timeout_s / count + SPAWN_S + self.timeout_s
        asked = 0.0
        while (
            not (len(requests) == len(due) and requests[-1].answered is not None) and generator.ledger.now() < deadline
        ):
            gevent.sleep(0.05)
            if enough and generator.ledger.now() - asked > ASK_S:
                asked = generator.ledger.now()
                if enough(requests):
                    break
        generator.end()
        self.runner.stop()
        return requests
