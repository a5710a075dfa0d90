"""One process that sends: its share of a run's arrivals, and what the sending itself costs."""

import gc
import math
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import gevent
from gevent.event import AsyncResult, Event

from loadtests.ledger import Ledger


@dataclass(frozen=True)
class Arrival:
    """One request that is to be sent."""

    number: int
    due: float
    """Seconds on the run's clock."""


Turn: TypeAlias = AsyncResult
"""A caller's: set to the arrival that it is to send, or to None when there is no more for it."""


class Generator:
    """Hands out arrivals, each when it is due, to the caller that was free last: so few connections carry the load.

    A caller that was just answered looks first whether one is due already. When a server that stalled answers hundreds
    at once, what falls due meanwhile would else wait until all of them are dealt with.
    """

    def __init__(self, moments: Sequence[float]):
        self.moments = moments
        self.ledger = Ledger()
        self.over = False
        self.busy: list[float] = []
        """Share of one core that this process used, a second each."""
        self._numbers = range(0)
        self._handed = 0
        self._free: list[Turn] = []
        self._some_free = Event()

    def begin(self, origin: float, part: int = 0, parts: int = 1) -> None:
        """Second 0 was at `origin` (time.perf_counter()); of `parts` processes this is number `part`."""
        self.ledger.origin = origin
        self._numbers = range(part, len(self.moments), parts)
        gc.freeze()  # what is there stays until the end; looking through it again and again made requests late
        gevent.spawn(self._meter)
        gevent.spawn(self._hand_out)

    def end(self) -> None:
        """Nothing more is sent; what is on its way has its answer."""
        self.over = True
        while turn := self._pop():
            turn.set(None)

    def take(self, turn: Turn) -> Arrival | None:
        """The caller's next arrival, once it is due; None where it is to leave. It waits by `turn`, a fresh one."""
        if self.over:
            return None
        if self._until_due() <= 0:
            return self._next()
        self._free.append(turn)
        self._some_free.set()
        arrival = turn.get()
        return None if self.over else arrival

    def _hand_out(self) -> None:
        while (wait := self._until_due()) < math.inf and not self.over:
            if wait > 0:
                gevent.sleep(wait)
            elif turn := self._pop():
                turn.set(self._next())
            else:
                self._some_free.clear()
                self._some_free.wait()

    def _until_due(self) -> float:
        """Seconds until the next arrival; endless after the last."""
        if self._handed >= len(self._numbers):
            return math.inf
        return self.moments[self._numbers[self._handed]] - self.ledger.now()

    def _next(self) -> Arrival:
        number = self._numbers[self._handed]
        self._handed += 1
        return Arrival(number, self.moments[number])

    def _pop(self) -> Turn | None:
        """Of the callers that wait the last one, but for those who were told to leave meanwhile."""
        while self._free:
            if not (turn := self._free.pop()).ready():
                return turn
        return None

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
