"""Progress for a person, on stderr: a line as each stage begins, its time as it ends."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def report(line: str) -> None:
    """One line of progress within a stage."""
    say(f"  {line}")


class Stages:
    """Times the stages of one command; the first, the environment, was timed from where bootstrap.py began."""

    def __init__(self) -> None:
        self.started = float(os.environ.pop("TRADEWIND_STARTED", time.monotonic()))
        self.times: list[tuple[str, float]] = [("environment", time.monotonic() - self.started)]

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        say(name)
        start = time.monotonic()
        yield
        self.times.append((name, time.monotonic() - start))
        say(f"{name}: {self.times[-1][1]:.1f} s")

    def summary(self) -> str:
        total = time.monotonic() - self.started
        return ", ".join(f"{name} {seconds:.1f} s" for name, seconds in self.times) + f"; in all {total:.1f} s"
