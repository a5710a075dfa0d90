"""One process that sends: its share of a run's arrivals, and what the sending itself costs."""

import gc
import itertools
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import gevent
from gevent.event import Event

from loadtests.ledger import Ledger


@dataclass(frozen=True)
class Arrival:
    """One request that is to be sent."""

    number: int
    due: float
    """Seconds on the run's clock."""


class Generator:
    """Hands out arrivals in their order. Callers take one each, wait for its moment, and send it."""

    def __init__(self, moments: Sequence[float]):
        self.moments = moments
        self.ledger = Ledger()
        self.begun = Event()
        self.over = False
        self.busy: list[float] = []
        """Share of one core that this process used, a second each."""
        self._arrivals: Iterator[Arrival] = iter(())

    def begin(self, origin: float, part: int = 0, parts: int = 1) -> None:
        """Second 0 was at `origin` (time.perf_counter()); of `parts` processes this is number `part`."""
        self.ledger.origin = origin
        numbered = enumerate(self.moments)
        self._arrivals = (Arrival(*pair) for pair in itertools.islice(numbered, part, None, parts))
        gc.freeze()  # what is there stays until the end; looking through it again and again made requests late
        gevent.spawn(self._meter)
        self.begun.set()

    def end(self) -> None:
        """Nothing more is sent; what is on its way has its answer."""
        self.over = True

    def take(self) -> Arrival | None:
        """The next one; None after the last."""
        return None if self.over else next(self._arrivals, None)

    def _meter(self) -> None:
        cpu, wall = time.process_time(), time.perf_counter()
        while not self.over:
            gevent.sleep(1 - self.ledger.now() % 1)
            cpu, wall, before, since = time.process_time(), time.perf_counter(), cpu, wall
            self.busy.append((cpu - before) / (wall - since))


def pinned(part: int = 0) -> dict[str, int | str | None]:
    """Keeps this process on one core and ahead of others there; what was granted, None where it was not."""
    cores = sorted(os.sched_getaffinity(0))
    core = cores[-1 - part % len(cores)]  # from the end: the first core serves most interrupts
    os.sched_setaffinity(0, {core})
    try:
        # Niceness alone still waits for the tick of the one that runs, 4 ms on many kernels.
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(1))
    except PermissionError:
        return {"core": core, "priority": None}
    return {"core": core, "priority": "real-time"}
