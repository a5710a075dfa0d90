"""The file backend as it lies on disk: who holds the stack's lock, what is pending, what the stack has.

Read directly, since `pulumi stack export` takes a second and needs an engine, which `down` and `recover` may lack.
"""

import contextlib
import json
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock, Timeout

from airgap.errors import SetupError
from airgap.paths import STATE
from commands.stages import say

PROJECT = "tradewind"
NODE = "tradewind:index:Node"
BACKEND = STATE / "state" / ".pulumi"


@dataclass(frozen=True, kw_only=True)
class Lock:
    """A lock file of Pulumi's file backend, written by pkg/backend/diy/lock.go."""

    at: str
    """Path or URL of its file."""
    pid: int
    user: str
    host: str
    since: float

    @property
    def dead(self) -> bool:
        """Whether its process is known to be gone. Another host's is not known, so it is never dead to us."""
        if self.host != socket.gethostname():
            return False
        try:
            # A number may be in use again: the holder of the lock is older than the lock.
            process = psutil.Process(self.pid)
            return process.create_time() > self.since + 2 or process.status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    def __str__(self) -> str:
        return f"the lock of process {self.pid} of {self.user} on {self.host}"


@dataclass(frozen=True, kw_only=True)
class StackState:
    """One stack's files in the backend of this checkout."""

    name: str
    backend: Path = BACKEND

    @property
    def checkpoint(self) -> Path:
        return self.backend / "stacks" / PROJECT / f"{self.name}.json"

    def locks(self) -> list[Lock]:
        folder = self.backend / "locks" / "organization" / PROJECT / self.name
        return [lock for path in sorted(folder.glob("*.json")) if (lock := _lock(path))]

    def free(self, lock: Lock) -> None:
        """The lock of a process that was killed, and what that had begun to write beside a file of the backend."""
        for path in self.backend.rglob("*.attrs"):
            # gocloud.dev/blob/fileblob writes them in place, and reads no file again whose own is empty: `EOF`.
            if not path.stat().st_size:
                path.unlink()
        Path(lock.at).unlink(missing_ok=True)

    def unsettled(self) -> bool:
        """Whether the last update was cut short."""
        return bool(self.locks() or self.pending())

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """Around an update; one that is cut short leaves its lock, or what was pending."""
        yield

    def _latest(self) -> dict[str, Any]:
        try:
            return json.loads(self.checkpoint.read_text())["checkpoint"]["latest"] or {}
        except (FileNotFoundError, KeyError):
            return {}
        except ValueError as error:
            raise SetupError(
                f"{self.checkpoint}: not readable: {error}. To fix: copy {self.checkpoint.name}.bak over it."
            ) from None

    def pending(self) -> list[dict[str, Any]]:
        """Operations that an interrupted update had begun: {"resource": ..., "type": "creating"}."""
        return self._latest().get("pending_operations") or []

    def resources(self) -> list[dict[str, Any]]:
        return self._latest().get("resources") or []

    def has_node(self) -> bool:
        return any(resource["type"] == NODE for resource in self.resources())

    def last_failed(self) -> bool:
        """Whether the last update ended with an error, which may have hidden that something was made."""
        folder = self.backend / "history" / PROJECT / self.name
        newest = max(folder.glob(f"{self.name}-*.history.json"), default=None)
        return newest is not None and json.loads(newest.read_text())["result"] != "succeeded"

    def salt(self) -> str | None:
        """Of the passphrase that opens the stack's secrets; None where there is no such stack, or no passphrase."""
        provider = self._latest().get("secrets_providers") or {}
        return (provider.get("state") or {}).get("salt")

    def discard(self) -> Path | None:
        """Put the checkpoint aside, for a stack whose cluster is gone with all that was in it."""
        if not self.checkpoint.exists():
            return None
        aside = self.checkpoint.with_suffix(".discarded")
        self.checkpoint.replace(aside)
        for leftover in self.checkpoint.parent.glob(f"{self.name}.json.*"):
            leftover.unlink()
        return aside


def _lock(path: Path) -> Lock | None:
    try:
        content = json.loads(path.read_text())
        stamp = datetime.fromisoformat(content["timestamp"]).timestamp()
        return Lock(at=str(path), pid=content["pid"], user=content["username"], host=content["hostname"], since=stamp)
    except FileNotFoundError:  # freed meanwhile
        return None
    except (ValueError, KeyError):  # killed while it was being written: the holder had not begun
        return Lock(at=str(path), pid=0, user="nobody", host=socket.gethostname(), since=path.stat().st_mtime)


@contextlib.contextmanager
def single_flight(command: str) -> Iterator[None]:
    """One changing command of this checkout at a time; the kernel frees the lock when its holder dies."""
    STATE.mkdir(parents=True, exist_ok=True)
    holder = STATE / "command"
    lock = FileLock(STATE / "command.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say(f"{_read(holder) or 'another command'} is running in this checkout, waiting for it")
        lock.acquire()
    try:
        holder.write_text(f"make {command} (process {os.getpid()})")
        yield
    finally:
        lock.release()


def _read(path: Path) -> str:
    with contextlib.suppress(OSError):
        return path.read_text()
    return ""
