"""Several processes: each worker sends its share of the arrivals, and the master keeps the ledger of all.

Locust forks them on one machine (`--processes`), so they share its monotonic clock. They speak by messages of our own:
Locust's reports come each 3 s, and its `test_stop` reaches the master before the workers have ended.
"""

import signal
import time
from collections.abc import Sequence
from dataclasses import astuple
from typing import Any

import gevent
from locust.runners import MasterRunner, WorkerRunner

from loadtests.generator import Generator, pinned
from loadtests.ledger import Request

BEGIN, SENT, END = "tradewind-begin", "tradewind-sent", "tradewind-end"

EVERY_S = 1.0
SPARE_S = 5.0
"""Beyond the longest request, for the last rows to arrive."""


class Workers:
    """The other processes, as the master sees them: its `requests` and `busy` fill while they send."""

    def __init__(self, runner: MasterRunner, requests: list[Request]):
        self.runner, self.requests = runner, requests
        self.busy: dict[str, Sequence[float]] = {}
        self._ended: set[str] = set()
        runner.register_message(SENT, self._received)

    def begin(self, origin: float) -> None:
        """Second 0 was at `origin`; the arrivals are shared among those who are there."""
        self.runner.send_message(BEGIN, {"origin": origin, "parts": self.runner.worker_count})

    def end(self) -> None:
        """Nothing more is sent; returns when each has told how its last requests ended."""
        self.runner.send_message(END)
        deadline = time.monotonic() + self.runner.environment.stop_timeout + SPARE_S
        while len(self._ended) < self.runner.worker_count and time.monotonic() < deadline:
            gevent.sleep(0.1)

    def _received(self, environment: Any, msg: Any, **_: Any) -> None:
        self.requests += [Request(*fields) for fields in msg.data["requests"]]
        self.busy[msg.node_id] = msg.data["busy"]
        if msg.data["last"]:
            self._ended.add(msg.node_id)


def follow(runner: WorkerRunner, generator: Generator, longest_s: float) -> None:
    """Makes this process a worker: it begins and ends when the master says so, and tells each second what it sent.

    A request takes at most `longest_s`.
    """
    ledger = generator.ledger

    def tell(last: bool) -> None:
        ended = [each for each in ledger.requests if last or each.answered is not None]
        ledger.requests = [each for each in ledger.requests if each.answered is None]
        rows = [astuple(each) for each in ended]
        runner.send_message(SENT, {"requests": rows, "busy": generator.busy, "last": last})

    def begin(environment: Any, msg: Any, **_: Any) -> None:
        pinned(runner.worker_index)
        generator.begin(**msg.data, part=runner.worker_index)
        gevent.sleep(EVERY_S)
        while not generator.over:
            tell(last=False)
            gevent.sleep(EVERY_S)

    def end(environment: Any, msg: Any, **_: Any) -> None:
        generator.end()
        deadline = time.monotonic() + longest_s
        while any(each.answered is None for each in ledger.requests) and time.monotonic() < deadline:
            gevent.sleep(0.05)
        tell(last=True)

    def interrupt() -> None:
        generator.end()  # a terminal's Ctrl-C reaches the master too, who asks for the last rows
        gevent.spawn_later(longest_s + SPARE_S, runner.quit)

    runner.register_message(BEGIN, begin, concurrent=True)
    runner.register_message(END, end, concurrent=True)
    for number in (signal.SIGINT, signal.SIGTERM):
        gevent.signal_handler(number, interrupt)
