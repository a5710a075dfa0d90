"""When requests are sent: every moment of a run, drawn by seed before any answer is known (an open loop).

An arrival process is a series of gaps whose mean is 1. `moments` stretches it over a load, so that each second gets the
rate that the load offers then; what stays is the process' own unevenness. Pure: no Locust here.
"""

import contextlib
import csv
import math
import random
from array import array
from collections.abc import Iterable, Iterator
from itertools import chain, pairwise, repeat
from pathlib import Path

from loadtests.shapes import Stretch

Gaps = Iterator[float]
"""Endless, mean 1."""

FEWEST_IN_A_TRACE = 100
"""Below it a trace says little about how requests bunch, and its repetition shows."""


def poisson(seed: int) -> Gaps:
    """Independent callers: what most services see, and the dispersion of any window's count is 1."""
    chance = random.Random(f"arrivals:{seed}")  # noqa: S311  (reproducible, not secret)
    while True:
        yield chance.expovariate(1)


def constant() -> Gaps:
    """A metronome: no randomness, for servers whose own unevenness is measured."""
    return chain([0.5], repeat(1.0))


def recorded(trace: Path, seed: int) -> Gaps:
    """The gaps between the arrivals of a CSV's first column (seconds, ascending), begun at a place that the seed draws.

    A trace that is too short for the run begins again. ValueError names the line that is wrong.
    """
    times = seconds(trace, rows(trace))
    if not (mean := (times[-1] - times[0]) / (len(times) - 1)):
        raise ValueError(f"{trace}: all arrivals are at {times[0]:g}. To fix: give their seconds with a fraction.")
    gaps = [(after - before) / mean for before, after in pairwise(times)]
    begin = random.Random(f"arrivals:{seed}").randrange(len(gaps))  # noqa: S311  (reproducible, not secret)
    return chain.from_iterable(repeat(gaps[begin:] + gaps[:begin]))


def seconds(trace: Path, found: list[list[str]]) -> list[float]:
    """The first column of a trace's rows, ascending; ValueError where they are no such trace."""
    times = [_second(trace, number, row) for number, row in enumerate(found, 1)]
    if len(times) < FEWEST_IN_A_TRACE:
        raise ValueError(f"{trace}: {len(times)} arrivals. To fix: give a trace of at least {FEWEST_IN_A_TRACE}.")
    for number, (before, after) in enumerate(pairwise(times), 2):
        if after < before:
            raise ValueError(f"{trace}:{number}: {after:g} comes after {before:g}. To fix: sort the file by its times.")
    return times


def gaps(arrivals: str, seed: int) -> Gaps:
    """The process of this name: poisson, constant, or else the path of a trace."""
    return {"poisson": lambda: poisson(seed), "constant": constant}.get(
        arrivals, lambda: recorded(Path(arrivals), seed)
    )()


def moments(stretches: Iterable[Stretch], process: Iterable[float]) -> "array[float]":
    """The seconds at which requests are to be sent, ascending, while these stretches last."""
    found, process = array("d"), iter(process)
    reached = next(process)  # requests expected since the stretch began
    for stretch in stretches:
        while reached < stretch.requests:
            found.append(stretch.begin + stretch.seconds_until(reached))
            reached += next(process)
        reached -= stretch.requests
    return found


def steady(rps: float, seconds: float, seed: int, arrivals: str = "poisson") -> "array[float]":
    """The moments of one rate."""
    return moments([Stretch("step", 0.0, seconds, rps, rps)], gaps(arrivals, seed))


def rows(trace: Path) -> list[list[str]]:
    """Of a CSV, those that hold something."""
    try:
        with trace.open(newline="") as file:
            return [row for row in csv.reader(file) if row]
    except OSError as error:
        raise ValueError(
            f"--arrivals {trace}: {error.strerror}. To fix: poisson, constant, or the path of a trace."
        ) from error


def _second(trace: Path, number: int, row: list[str]) -> float:
    with contextlib.suppress(ValueError):
        if math.isfinite(second := float(row[0])):
            return second
    raise ValueError(
        f"{trace}:{number}: {row[0]!r} is no number of seconds. To fix: seconds in the first column, no heading."
    )
