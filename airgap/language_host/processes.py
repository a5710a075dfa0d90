"""Child processes that do not outlive the host, and a host that does not outlive the engine."""

import contextlib
import os
import queue
import select
import signal
import subprocess
import threading
from collections.abc import Iterator
from typing import IO


class Children:
    """Starts processes and ends them, with all that they started, when the host has to go."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()

    def start(self, command: list[str], cwd: str, env: dict[str, str], piped: bool = False) -> subprocess.Popen[bytes]:
        """Run in a group of its own. Unless piped, output goes straight to the engine, which shows it as it comes."""
        pipe = subprocess.PIPE if piped else None
        with self._lock:
            child = subprocess.Popen(command, cwd=cwd, env=env, stdout=pipe, stderr=pipe, process_group=0)
            self._running.add(child)
        return child

    def finish(self, child: subprocess.Popen[bytes]) -> int:
        """Wait for it; negative where a signal ended it."""
        code = child.wait()
        with self._lock:
            self._running.discard(child)
        return code

    def kill(self) -> None:
        """End what still runs, at once."""
        with self._lock:
            for child in self._running:
                kill_group(child)


def kill_group(child: subprocess.Popen[bytes]) -> None:
    """End a child of `Children.start` and what it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)


def streams(child: subprocess.Popen[bytes]) -> Iterator[tuple[str, bytes]]:
    """("stdout" | "stderr", line) as they come, until both ends are closed."""
    lines: queue.Queue[tuple[str, bytes | None]] = queue.Queue()

    def pump(name: str, stream: IO[bytes]) -> None:
        for line in stream:
            lines.put((name, line))
        lines.put((name, None))

    for name, stream in (("stdout", child.stdout), ("stderr", child.stderr)):
        assert stream, "the child was started piped"
        threading.Thread(target=pump, args=(name, stream), daemon=True).start()
    open_ends = 2
    while open_ends:
        name, line = lines.get()
        if line is None:
            open_ends -= 1
        else:
            yield name, line


def exit_with_parent(children: Children) -> None:
    """Leave at once on SIGINT, SIGTERM and when the engine dies. A host that lingers costs 10 s a command."""

    def leave(*_: object) -> None:
        children.kill()
        os._exit(0)

    parent = os.getppid()
    # A pidfd tells of the engine's end even where the engine gets no chance to say so (SIGKILL).
    handle = os.pidfd_open(parent)

    def watch() -> None:
        select.select([handle], [], [])
        leave()

    threading.Thread(target=watch, daemon=True).start()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, leave)
    if os.getppid() != parent:
        leave()
