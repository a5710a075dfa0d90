"""What the tests need from builds, made beside those that need none of it yet."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence

from airgap import builds
from airgap.artifacts import Report
from airgap.paths import CHECKOUT
from commands import children

LOWEST = 19
"""Of priorities: a suite beside the builds keeps the time that it takes alone, but for what caches and memory cost."""


class Building:
    """A context in which targets of airgap/builds.py are built, in their order.

    What it says is heard only while somebody waits; an error is raised there.
    """

    def __init__(self, report: Report, names: Sequence[str]):
        self._report, self._names = report, names
        self._waited_for = threading.Event()

    def __enter__(self) -> "Building":
        self._child = subprocess.Popen(
            [sys.executable, "-m", "airgap", "build", *self._names],
            cwd=CHECKOUT,
            text=True,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            process_group=0,
            preexec_fn=_quietly(children.die_with_parent(os.getpid())),
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGTERM)  # its compilers too; what is compiled is kept
        self._child.wait()
        self._reader.join()

    def wait(self, *names: str) -> None:
        """Until these are there, or all. Raises SetupError as the build did."""
        self._waited_for.set()
        try:
            # It meets the other's locks, and builds itself what that one has not begun.
            builds.prepare(self._report, names or self._names)
        finally:
            self._waited_for.clear()

    def _read(self) -> None:
        assert self._child.stderr
        for line in self._child.stderr:
            if self._waited_for.is_set():
                self._report(line.strip())


def _quietly(arm: Callable[[], None]) -> Callable[[], None]:
    def prepare() -> None:
        os.nice(LOWEST)
        arm()

    return prepare
