"""A cloud's small stack in the checkout's rehearsal, as tests bring it up, kill it and look behind it."""

import json
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from commands.processes import of_engine
from tests.doubles.cloud import Cloud, Thing
from tests.e2e.checkout import Checkout, Result


@dataclass(frozen=True)
class Rehearsed:
    """One cloud's small stack, in the checkout's rehearsal."""

    checkout: Checkout
    kind: str

    @property
    def stack(self) -> str:
        return f"{self.kind}-dev"

    @property
    def place(self) -> Path:
        return self.checkout.state / "rehearsal"

    @property
    def cloud(self) -> Cloud:
        return Cloud(self.place / f"{self.kind}.sqlite")

    def make(self, target: str) -> Result:
        return self.checkout.make(target, f"STACK={self.stack}", "REHEARSE=1")

    def up_killed_after(self, seconds: float) -> bool:
        """The engine alone, so long after it began to update: make is left to see it end. False: it was done by then."""
        process = self.checkout.start("make", "up", f"STACK={self.stack}", "REHEARSE=1")
        while process.poll() is None and not self._updating():
            time.sleep(0.1)
        try:
            process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            killed = kill_engine(self.place / "home")
            process.communicate()
            return killed
        return False

    def _updating(self) -> bool:
        try:
            return any("up" in each.cmdline() for each in engines(self.place / "home"))
        except psutil.NoSuchProcess:  # it ended while it was looked at
            return False

    def latest(self) -> dict[str, Any]:
        file = self.place / "state" / ".pulumi" / "stacks" / "tradewind" / f"{self.stack}.json"
        return json.loads(file.read_text())["checkpoint"]["latest"]

    def require_all_once(self, besides: Collection[Thing] = ()) -> None:
        require_all_once(self.kind, self.latest(), self.cloud, besides)


def kill_engine(home: Path) -> bool:
    """The engine alone; whether one was at work."""
    found = engines(home)
    for engine in found:
        _kill(engine)
    return bool(found)


def engines(home: Path) -> list[psutil.Process]:
    return [each for each in of_engine(str(home)) if each.name() == "pulumi"]


def require_all_once(kind: str, latest: dict[str, Any], cloud: Cloud, besides: Collection[Thing] = ()) -> None:
    """State and cloud hold the same, and nothing waits. `besides`: what another stack left that no cloud gives up."""
    assert not latest.get("pending_operations")
    known = Counter((r["type"], r["id"]) for r in latest["resources"] if r["type"].startswith(f"{kind}:"))
    there = Counter((thing.token, thing.id) for thing in cloud.things())
    left = Counter((thing.token, thing.id) for thing in besides)
    assert known - there == Counter(), f"in the state alone: {dict(known - there)}"
    assert there - known - left == Counter(), f"in the cloud alone: {dict(there - known - left)}"
    assert not [resource["urn"] for resource in latest["resources"] if resource.get("initErrors")]


def _kill(process: psutil.Process) -> None:
    try:
        os.kill(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
