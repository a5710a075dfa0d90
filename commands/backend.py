"""Which state a stack has: the checkout's own files, or what its owner's backend tells: s3://, gs://, Pulumi Cloud."""

import contextlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from airgap.errors import SetupError
from airgap.paths import STATE
from commands.engine import asked, given_backend, heard
from commands.place import in_account
from commands.state import BACKEND, NODE, Lock, StackState

NONE_YET = re.compile(r"no stack named '[^']*' found")

LOCK = re.compile(r"(\S+): created by (\S+)@(\S+) \(pid (\d+)\) at (\S+)")
"""As pkg/backend/diy/lock.go tells of one."""


class State(Protocol):
    """What is asked of a stack's state, wherever it is."""

    @property
    def name(self) -> str: ...

    def resources(self) -> list[dict[str, Any]]: ...

    def pending(self) -> list[dict[str, Any]]:
        """Operations that an interrupted update had begun: {"resource": ..., "type": "creating"}."""
        ...

    def locks(self) -> list[Lock]: ...

    def free(self, lock: Lock) -> None: ...

    def unsettled(self) -> bool:
        """Whether the last update was cut short."""
        ...

    def last_failed(self) -> bool:
        """Whether the last update ended with an error, which may have hidden that something was made."""
        ...

    def has_node(self) -> bool: ...

    def changing(self) -> contextlib.AbstractContextManager[None]:
        """Around an update."""
        ...


@dataclass(frozen=True, kw_only=True)
class ToldState:
    """A stack's state by `pulumi stack export`: a second a question, and the same words from every backend."""

    name: str
    begun: Path = STATE / "begun"
    """A file for each stack whose last update from here did not end well: a lock shows itself to the refused alone."""

    def export(self) -> dict[str, Any] | None:
        """As `pulumi stack export` gives it; None where no such stack was initialised."""
        try:
            return json.loads(self._asked("stack", "export"))
        except SetupError as error:
            if NONE_YET.search(str(error)):
                return None
            raise

    def resources(self) -> list[dict[str, Any]]:
        return self._deployment().get("resources") or []

    def pending(self) -> list[dict[str, Any]]:
        return self._deployment().get("pending_operations") or []

    def has_node(self) -> bool:
        return any(resource["type"] == NODE for resource in self.resources())

    def locks(self) -> list[Lock]:
        """Asks for the lock by a refresh of nothing: only a refusal names the holder; SetupError for any other one."""
        if (export := self.export()) is None:
            return []
        listed = (export.get("deployment") or {}).get("resources") or []
        root = [each["urn"] for each in listed if each["type"] == "pulumi:pulumi:Stack"]
        targets = [word for urn in root for word in ("--target", urn)]
        command = ("refresh", "--yes", "--skip-preview", "--skip-pending-creates", *targets, "--stack", self.name)
        code, words = heard(self.name, *command)
        if not code:
            return []
        if not (found := held(words)):
            raise SetupError(
                f"stack {self.name}: {words} To fix: repair what it names; where that is an update of nobody's, "
                f"run `pulumi cancel --stack {self.name}`; then `make recover STACK={self.name}`."
            )
        return found

    def free(self, lock: Lock) -> None:
        """Every lock of the stack goes: whoever holds one keeps all others out, so there is one."""
        self._asked("cancel", "--yes")

    def unsettled(self) -> bool:
        return self._mark.exists() or bool(self.pending())

    def last_failed(self) -> bool:
        updates = json.loads(self._asked("stack", "history", "--json", "--page-size", "1"))
        return bool(updates) and updates[0]["result"] != "succeeded"

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        self._mark.parent.mkdir(parents=True, exist_ok=True)
        self._mark.touch()
        yield
        self._mark.unlink()

    def _deployment(self) -> dict[str, Any]:
        return (self.export() or {}).get("deployment") or {}

    def _asked(self, *arguments: str) -> str:
        return asked(self.name, *arguments, fix=f"repair what it names, then run `make recover STACK={self.name}`.")

    @property
    def _mark(self) -> Path:
        return self.begun / self.name


def held(words: str) -> list[Lock]:
    """The locks that a refusal of the CLI names."""
    return [
        Lock(at=at, pid=int(pid), user=user, host=host, since=datetime.fromisoformat(stamp).timestamp())
        for at, user, host, pid, stamp in LOCK.findall(words)
    ]


def state_of(stack: str) -> State:
    """Read from files where they are ours, which is quick and needs no engine."""
    if in_account(stack) or given_backend().get("PULUMI_BACKEND_URL") not in (None, BACKEND.parent.as_uri()):
        return ToldState(name=stack)
    return StackState(name=stack)
