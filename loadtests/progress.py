"""The run as it goes, on stderr: results alone belong to stdout."""

import sys

from loadtests.ledger import Ledger, percentile
from loadtests.shapes import Load
from loadtests.watcher import Watcher

EVERY_S = 5
WINDOW_S = 5


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class Progress:
    """One line each five seconds and at each new phase."""

    def __init__(self, load: Load, ledger: Ledger, watcher: Watcher):
        self.load, self.ledger, self.watcher = load, ledger, watcher
        self._phase = ""
        self._shown = -EVERY_S

    def tick(self, second: float) -> None:
        """Call it about once a second."""
        phase = self.load.at(second).name
        if phase != self._phase or second - self._shown >= EVERY_S - 0.5:
            self._phase, self._shown = phase, second
            say(self._line(second))

    def _line(self, second: float) -> str:
        recent = self.ledger.recent(WINDOW_S)
        window = min(WINDOW_S, max(second, 1.0))
        rate = sum(r.due >= second - window for r in recent) / window
        p95 = percentile((r.latency_ms for r in recent if r.ok), 95)
        waiting = sum(r.answered is None for r in recent)
        failed = sum(r.answered is not None and not r.ok for r in recent)
        look = self.watcher.last
        replicas = f"{look.ready} of {look.desired}" if look else "?"
        return (
            f"{second:5.0f} s  {self._phase:<8} in flight {waiting:3d}  {rate:6.1f}/s of "
            f"{self.load.offered(second):6.1f}  p95 {'-' if p95 is None else f'{p95:.0f} ms':>8}  replicas {replicas}"
            + (f"  failed {failed}" if failed else "")
        )
