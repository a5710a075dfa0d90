"""Clusters behind the doubles of EKS and GKE: one process each, which outlives the plugin that asked for it."""

import base64
import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock, Timeout

from airgap.paths import CHECKOUT
from tests.doubles.cloud import Thing
from tests.doubles.rows import Row, Served

READY_S, END_S = 300, 60
"""Most take ten seconds; the first of a machine may have to build kwok."""
LOCK, PID, ADDRESS, LOG = "running.lock", "pid", "address", "log"
"""In a cluster's folder. The lock is held by its process, so that the kernel says whether it lives."""


class NotRunning(Exception):
    """A cluster did not come up, or did not end; the text says where to look."""


@dataclass(frozen=True)
class Clusters:
    """All clusters of one cloud in a rehearsal's folder."""

    place: Path
    cloud: str
    """As in `python -m tests.doubles <cloud>`."""

    def start(self, thing: Thing, row: Row) -> Mapping[str, Any]:
        """Runs the cluster that `thing` is, unless it runs; the outputs by which a client reaches it."""
        assert row.serves
        folder = self.folder(thing.id)
        folder.mkdir(parents=True, exist_ok=True)
        if _alive(folder):
            _await(folder, lambda: _alive(folder))
        else:
            (folder / ADDRESS).unlink(missing_ok=True)
            process = _spawn(folder, [str(self.place), self.cloud, thing.id, region(thing)])
            # On a busy machine it takes many seconds to its lock; where it ends before, another one was quicker.
            _await(folder, lambda: process.poll() is None or _alive(folder))
        authority = base64.b64encode((folder / "pki" / "ca.crt").read_bytes()).decode()
        return row.serves(Served(address=(folder / ADDRESS).read_text(), authority=authority))

    def stop(self, thing: Thing) -> None:
        """Ends it with all that was in it."""
        end(self.folder(thing.id))
        shutil.rmtree(self.folder(thing.id), ignore_errors=True)

    def folder(self, id: str) -> Path:
        return self.place / "clusters" / self.cloud / id.replace("/", "_")


def end_all(place: Path) -> None:
    """Ends the process of every cluster; what is in them stays, and `start` brings it back."""
    for lock in place.glob(f"clusters/*/*/{LOCK}"):
        end(lock.parent)


def end(folder: Path) -> None:
    """Ends the process of one cluster; NotRunning where it does not go."""
    if not _alive(folder):
        return
    while not (file := folder / PID).exists():
        time.sleep(0.02)  # it has just taken its lock
    number = int(file.read_text())
    deadline = time.monotonic() + END_S
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(number)
        process.terminate()
        # Not until it is collected: who started it may be busy, and it stays listed until then, though it has ended.
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            if time.monotonic() > deadline:
                raise NotRunning(f"{folder}: process {number} does not end. To fix: kill it.")
            time.sleep(0.05)


def token(place: Path) -> str:
    """What the stand-ins of the clouds' command lines hand out, and every cluster of the rehearsal takes."""
    file = place / "token"
    if not file.exists():
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=place) as fresh:  # with mode 600
            fresh.write(secrets.token_urlsafe(32))
            fresh.flush()
            # A link, not a write: of two first plugins at once, one token wins and both use it.
            with contextlib.suppress(FileExistsError):
                os.link(fresh.name, file)
    return file.read_text()


def region(thing: Thing) -> str:
    """AWS tells it in the ARN, Google takes it as an input."""
    return thing.inputs.get("location") or thing.outputs["arn"].split(":")[3]


def _spawn(folder: Path, arguments: list[str]) -> subprocess.Popen[bytes]:
    with (folder / LOG).open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.doubles.clusters", *arguments],
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # the engine ends its plugins, and a cloud stays
        )


def _await(folder: Path, runs: Callable[[], bool]) -> None:
    deadline = time.monotonic() + READY_S
    while not (folder / ADDRESS).exists():
        time.sleep(0.1)
        if time.monotonic() > deadline or not runs():
            last = (folder / LOG).read_text().splitlines()[-5:]
            raise NotRunning(f"{folder}: the cluster did not come up: {' | '.join(last)}. To fix: see the logs there.")


def _alive(folder: Path) -> bool:
    if not (folder / LOCK).exists():
        return False
    try:
        with FileLock(folder / LOCK, timeout=0):
            return False
    except Timeout:
        return True
