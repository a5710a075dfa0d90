"""A copy of this checkout, with a state of its own: what a fresh clone is to a user, and nobody's node is disturbed."""

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airgap.paths import CHECKOUT
from commands.children import die_with_parent
from tests.doubles import clusters, registry
from tests.e2e.residue import leftovers

LIMIT_S = 45 * 60
LAST_WORDS = 2000
"""Characters of each log."""


@dataclass(frozen=True)
class Result:
    """A finished command."""

    code: int
    stdout: str
    stderr: str
    seconds: float

    def ok(self) -> "Result":
        assert self.code == 0, f"exit {self.code}\n{self.stdout[-2000:]}\n{self.stderr[-6000:]}"
        return self


@dataclass(frozen=True)
class Checkout:
    """The folder, and how to use it as a person would."""

    path: Path
    cache: Path | None = None
    """None: the cache of whoever runs the tests."""

    @classmethod
    def copy(cls, path: Path, cache: Path | None = None) -> "Checkout":
        """The tracked files and the new ones, as a repository of their own."""
        listed = subprocess.run(
            ["git", "ls-files", "-coz", "--exclude-standard"], cwd=CHECKOUT, capture_output=True, text=True, check=True
        )
        for name in filter(None, listed.stdout.split("\0")):
            with contextlib.suppress(FileNotFoundError):  # deleted and not yet committed
                (path / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(CHECKOUT / name, path / name, follow_symlinks=False)
        author = ["-c", "user.name=test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false"]
        for arguments in (["init", "-q"], ["add", "-A"], [*author, "commit", "-qm", "The checkout under test"]):
            subprocess.run(["git", *arguments], cwd=path, check=True)
        return cls(path, cache)

    @property
    def state(self) -> Path:
        return self.path / ".tradewind"

    @property
    def id(self) -> str:
        """Of its node, by the rule of airgap/paths.py."""
        return f"tw-{hashlib.sha256(str(self.state).encode()).hexdigest()[:6]}-local"

    def environment(self) -> dict[str, str]:
        """The caller's, without what would point at another stack."""
        own = ("PULUMI", "TRADEWIND_STATE", "TRADEWIND_STARTED", "MAKE", "MFLAGS", "KUBECONFIG", "VIRTUAL_ENV")
        kept = {key: value for key, value in os.environ.items() if not key.startswith(own)}
        return kept | ({"TRADEWIND_CACHE": str(self.cache)} if self.cache else {})

    def start(self, *argv: str) -> subprocess.Popen[str]:
        """In a session of its own; it ends with the tests, even when they are killed."""
        return subprocess.Popen(
            argv,
            cwd=self.path,
            env=self.environment(),
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=die_with_parent(os.getpid()),
        )

    def run(self, *argv: str, limit_s: float = LIMIT_S) -> Result:
        begin = time.monotonic()
        process = self.start(*argv)
        try:
            stdout, stderr = process.communicate(timeout=limit_s)
        except BaseException:
            os.killpg(process.pid, signal.SIGTERM)
            process.communicate()
            raise
        return Result(process.returncode, stdout, stderr, time.monotonic() - begin)

    def make(self, *arguments: str) -> Result:
        return self.run("make", *arguments)

    def shell(self, script: str) -> Result:
        """In bash after `eval "$(make -s env)"`, as the README says."""
        return self.run("bash", "-c", f'set -e; eval "$(make -s env)"; {script}')

    def outputs(self) -> dict[str, Any]:
        return json.loads(self.shell("pulumi stack output --json --show-secrets --stack local").ok().stdout)

    def report(self, service: str) -> dict[str, Any]:
        """Of the last load test."""
        latest = self.path / "reports" / service / "latest"
        assert (latest / "report.html").read_text().startswith("<!")
        return json.loads((latest / "report.json").read_text())

    def checkpoint(self) -> dict[str, Any]:
        """The stack's state as the file backend has it."""
        path = self.state / "state" / ".pulumi" / "stacks" / "tradewind" / "local.json"
        return json.loads(path.read_text())["checkpoint"]["latest"] if path.exists() else {}

    def layout(self) -> dict[str, Any]:
        """The node's number and ports; empty without a node."""
        path = self.state / "node" / "local" / "layout.json"
        return json.loads(path.read_text()) if path.exists() else {}

    def last_words(self) -> str:
        """Of whatever a rehearsal runs behind its clouds, for a failure that `remove` would leave without a cause."""
        logs = sorted(self.state.glob("rehearsal/clusters/*/*/*log"))
        return "\n".join(f"{log}:\n{log.read_text(errors='replace')[-LAST_WORDS:]}" for log in logs)

    def leftovers(self, layout: dict[str, Any]) -> list[str]:
        """What is left on the machine of a node that had this layout."""
        links = frozenset({f"tradewind{layout['number']}"} if layout else ())
        ports = frozenset(layout["ports"].values() if layout else ())
        return leftovers(self.id, self.state, links, ports)

    def remove(self) -> None:
        """Leave nothing, whatever ran before."""
        if (self.path / "Makefile").exists():
            self.make("down")
        # A rehearsal that failed half way is still up.
        clusters.end_all(self.state / "rehearsal")
        registry.stop(self.state / "rehearsal")
        shutil.rmtree(self.path, ignore_errors=True)
