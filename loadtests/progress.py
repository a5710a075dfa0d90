"""The run as it goes, on stderr: results alone belong to stdout."""

import sys
import time

from loadtests.ledger import Ledger, percentile
from loadtests.shapes import Load
from loadtests.watcher import Watcher

EVERY_S = 5
WINDOW_S = 5


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class Progress:
    """One line each five seconds and at each new phase; beside it, what the generator itself used."""

    def __init__(self, load: Load, ledger: Ledger, watcher: Watcher):
        self.load, self.ledger, self.watcher = load, ledger, watcher
        self.busy: list[float] = []
        self._phase = ""
        self._shown = -EVERY_S
        self._cpu, self._wall = time.process_time(), time.perf_counter()

    def tick(self, second: float, users: int) -> None:
        """Call it about once a second."""
        cpu, wall = time.process_time(), time.perf_counter()
        if wall > self._wall:
            self.busy.append((cpu - self._cpu) / (wall - self._wall))
        self._cpu, self._wall = cpu, wall
        phase = self.load.at(second).name
        if phase != self._phase or second - self._shown >= EVERY_S - 0.5:
            self._phase, self._shown = phase, second
            say(self._line(second, users))

    def _line(self, second: float, users: int) -> str:
        recent = self.ledger.recent(WINDOW_S)
        window = min(WINDOW_S, max(second, 1.0))
        rate = sum(r.sent >= second - window for r in recent) / window
        p95 = percentile((r.latency_ms for r in recent if r.ok), 95)
        failed = sum(r.answered is not None and not r.ok for r in recent)
        look = self.watcher.last
        replicas = f"{look.ready} of {look.desired}" if look else "?"
        return (
            f"{second:5.0f} s  {self._phase:<8} users {users:4d}  {rate:6.1f}/s of {self.load.offered(second):6.1f}  "
            f"p95 {'-' if p95 is None else f'{p95:.0f} ms':>8}  replicas {replicas}"
            + (f"  failed {failed}" if failed else "")
        )
