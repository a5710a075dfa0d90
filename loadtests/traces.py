"""A recorded load as one rate a second: from rates, or from the seconds of single arrivals."""

import contextlib
import itertools
import math
from collections import Counter
from pathlib import Path

from loadtests import arrivals

HEADING = ["second", "rps"]
"""Of a file of rates, each of which holds until the next row; a file with no heading has an arrival a row."""
LONGEST_S = 7 * 24 * 3600
"""A week takes some 15 s to simulate."""


def rates(trace: Path) -> list[float]:
    """Requests per second in each second from the trace's first; ValueError names the line that is wrong."""
    if not trace.is_file():
        raise ValueError(f"--trace {trace}: no such file. To fix: give a CSV of rates or of arrivals.")
    rows = arrivals.rows(trace)
    if rows and [cell.strip() for cell in rows[0]] == HEADING:
        return _held(trace, rows[1:])
    times = arrivals.seconds(trace, rows)
    _require_length(trace, times[-1] - times[0])
    counts = Counter(int(time - times[0]) for time in times)
    return [float(counts[second]) for second in range(int(times[-1] - times[0]) + 1)]


def _held(trace: Path, rows: list[list[str]]) -> list[float]:
    points = [_point(trace, number, row) for number, row in enumerate(rows, 2)]
    if len(points) < 2:
        raise ValueError(f"{trace}: {len(points)} rates. To fix: give two or more, the last of which ends the trace.")
    _require_length(trace, points[-1][0] - points[0][0])
    found: list[float] = []
    for number, ((at, rate), (until, _)) in enumerate(itertools.pairwise(points), 3):
        if until <= at:
            raise ValueError(
                f"{trace}:{number}: second {until} comes after {at}. To fix: sort the file by its seconds."
            )
        found += [rate] * (until - at)
    return found


def _point(trace: Path, number: int, row: list[str]) -> tuple[int, float]:
    with contextlib.suppress(ValueError):
        second, rate = (float(cell) for cell in row)
        if second.is_integer() and math.isfinite(rate) and rate >= 0:
            return int(second), rate
    raise ValueError(
        f"{trace}:{number}: must be a whole second and a rate of 0 or more, got {','.join(row)!r}. To fix: correct it."
    )


def _require_length(trace: Path, seconds: float) -> None:
    if seconds > LONGEST_S:
        raise ValueError(f"{trace}: {seconds:.0f} s, and at most {LONGEST_S} can be simulated. To fix: cut it.")
