"""The run as it goes, on stderr: results alone belong to stdout."""

import shutil
import sys
from collections.abc import Sequence

from loadtests.ledger import Ledger, percentile
from loadtests.shapes import Load
from loadtests.watcher import Watcher

EVERY_S = 5
"""Between two lines, where nobody redraws them."""
WINDOW_S = 5
"""That rates and p95 stand on."""

COLUMNS: Sequence[tuple[str, int]] = (
    ("second", 6),
    ("phase", -9),
    ("users", 5),
    ("sent/s", 7),
    ("offered/s", 9),
    ("p95", 9),
    ("desired", 7),
    ("ready", 5),
    ("failed", 6),
)
"""Names and widths, negative where words stand at the left. Users: requests that are on their way."""


class Screen:
    """stderr: lines that stay, and below them a table that is drawn anew in its place."""

    def __init__(self) -> None:
        self._height = 0
        """Lines of the table, as long as it is the last that was written."""

    def say(self, text: str) -> None:
        self._height = 0
        print(text, file=sys.stderr, flush=True)

    def draw(self, lines: Sequence[str]) -> None:
        width = shutil.get_terminal_size().columns - 1  # a line that wraps would be two
        back = f"\x1b[{self._height}F\x1b[J" if self._height else ""
        print(back + "\n".join(line[:width] for line in lines), file=sys.stderr, flush=True)
        self._height = len(lines)


SCREEN = Screen()
say = SCREEN.say


class Progress:
    """On a terminal a table with a row a phase, the last of them as it is now; else a line each five seconds."""

    def __init__(self, load: Load, ledger: Ledger, watcher: Watcher):
        self.load, self.ledger, self.watcher = load, ledger, watcher
        self._rows: dict[str, Sequence[str]] = {}
        self._shown = -EVERY_S

    def tick(self, second: float) -> None:
        """Call it about once a second."""
        phase = self.load.at(second).name
        if sys.stderr.isatty():
            self._rows[phase] = self._cells(second, phase)
            SCREEN.draw([_line([name for name, _ in COLUMNS]), *map(_line, self._rows.values())])
        elif phase not in self._rows or second - self._shown >= EVERY_S - 0.5:
            self._rows[phase], self._shown = self._cells(second, phase), second
            told = zip(COLUMNS, self._rows[phase], strict=True)
            say("  ".join(cell if name == "phase" else f"{name} {cell}" for (name, _), cell in told))

    def _cells(self, second: float, phase: str) -> Sequence[str]:
        recent = self.ledger.recent(WINDOW_S)
        window = min(WINDOW_S, max(second, 1.0))
        p95 = percentile((r.latency_ms for r in recent if r.ok), 95)
        look = self.watcher.last
        return (
            f"{second:.0f}",
            phase,
            f"{sum(r.answered is None for r in recent)}",
            f"{sum(r.due >= second - window for r in recent) / window:.1f}",
            f"{self.load.offered(second):.1f}",
            "-" if p95 is None else f"{p95:.0f} ms",
            f"{look.desired}" if look else "?",
            f"{look.ready}" if look else "?",
            f"{sum(r.answered is not None and not r.ok for r in recent)}",
        )


def _line(cells: Sequence[str]) -> str:
    return "  ".join(
        f"{cell:<{-width}}" if width < 0 else f"{cell:>{width}}"
        for cell, (_, width) in zip(cells, COLUMNS, strict=True)
    )
