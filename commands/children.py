"""Child processes that never outlive the command: an interrupt is handed on once, a killed command takes them along."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import IO

PR_SET_PDEATHSIG = 1
SIGNALS = (signal.SIGINT, signal.SIGTERM)
ONE_SIGNAL_S = 1.0
"""Signals closer than this are one: a terminal and make both send theirs."""

_libc = ctypes.CDLL(None, use_errno=True)


class Interrupted(Exception):
    """The person, or the machine, asked the command to end; its child has ended."""


def take_signals() -> None:
    """SIGINT and SIGTERM raise KeyboardInterrupt, several at once only one.

    At Ctrl-C a signal comes from the terminal and another one when make dies, and one that hits the clean-up after
    the first would leave locks taken. SIGINT is taken also where the shell has it ignored, as one without job control
    does for what runs in the background: children inherit that, and would not hear what is handed on to them.
    """
    last = -ONE_SIGNAL_S

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        nonlocal last
        if (now := time.monotonic()) - last >= ONE_SIGNAL_S:
            last = now
            raise KeyboardInterrupt

    for number in SIGNALS:
        signal.signal(number, interrupt)


def die_with_parent(parent: int) -> Callable[[], None]:
    """For a child between fork and exec: SIGKILL when its parent ends, however that ends."""

    def arm() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended in between
            os._exit(1)

    return arm


def run(
    argv: Sequence[str | Path],
    env: Mapping[str, str],
    cwd: Path,
    stdout: int | IO[str] | None = None,
    stderr: int | IO[str] | None = None,
    timeout_s: float | None = None,
) -> int:
    """Run to the end with no standard input, output on stderr unless told; the exit status, 124 past the limit.

    The child has a process group of its own, so that Ctrl-C reaches it once, through us: a second SIGINT would make
    Pulumi leave its state half-written. Ctrl-C again is handed on again, the third time it kills the group.
    """
    with _family() as children:
        child = _start(children, argv, env, cwd, sys.stderr if stdout is None else stdout, stderr)
        try:
            return child.wait(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            return 124


def run_together(
    commands: Mapping[str, Sequence[str | Path]], env: Mapping[str, str], cwd: Path, heard: Callable[[str], None]
) -> dict[str, int]:
    """Run all of these at once, each as `run` does; `heard` takes each line of theirs behind the command's name."""
    readers: list[threading.Thread] = []
    try:
        with _family() as children:
            for name, argv in commands.items():
                child = _start(children, argv, env, cwd, subprocess.PIPE, subprocess.STDOUT)
                readers.append(threading.Thread(target=_read, args=(name, child, heard)))
                readers[-1].start()
            return dict(zip(commands, [child.wait() for child in children], strict=True))
    finally:
        for reader in readers:
            reader.join()


@contextmanager
def _family() -> Iterator[list[subprocess.Popen[str]]]:
    """Children to start and wait for within this: signals are handed on to them, and none outlives it.

    Raises:
        Interrupted: There was a signal.
    """
    children: list[subprocess.Popen[str]] = []
    signals: list[float] = []

    def hand_on(_number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if signals and now - signals[-1] < ONE_SIGNAL_S:
            return
        signals.append(now)
        for child in children:
            if len(signals) > 2:
                _kill_group(child)
            else:
                child.send_signal(signal.SIGINT)

    before = {number: signal.signal(number, hand_on) for number in SIGNALS}
    try:
        yield children
    finally:
        for child in children:
            if child.poll() is None:
                _kill_group(child)
        for number, handler in before.items():
            signal.signal(number, handler)
    if signals:
        raise Interrupted


def _start(
    family: list[subprocess.Popen[str]],
    argv: Sequence[str | Path],
    env: Mapping[str, str],
    cwd: Path,
    stdout: int | IO[str],
    stderr: int | IO[str] | None = None,
) -> subprocess.Popen[str]:
    """One more child; a signal waits until it is in the family, since in between it would be handed on to nobody."""
    armed = die_with_parent(os.getpid())

    def before_exec() -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        armed()

    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        child = subprocess.Popen(
            argv,
            env=env,
            cwd=cwd,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            process_group=0,
            preexec_fn=before_exec,
        )
        family.append(child)
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    return child


def _read(name: str, child: subprocess.Popen[str], heard: Callable[[str], None]) -> None:
    assert child.stdout
    for line in child.stdout:
        heard(f"{name}: {line.rstrip()}")


def _kill_group(child: subprocess.Popen[str]) -> None:
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    child.wait()
