"""Runs the suites, each in its own environment, and counts what they say."""

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from airgap import golang
from airgap.paths import CHECKOUT
from commands import children
from commands.stages import say

TOOLS = CHECKOUT / ".venv" / "bin"
PYTEST = (str(TOOLS / "python"), "-m", "pytest")
OWN_GO = {"node": "./agent/...", "waiting-room": "./..."}
"""Modules of airgap/go that hold code of ours, and its packages."""
REASONS = 8
"""Lines beside a failed test, at most."""


@dataclass
class Tally:
    """What passed and what did not, over suites of different tools. A skipped test proves nothing, so it failed."""

    passed: int = 0
    failed: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.passed} passed, {len(self.failed)} failed"

    def junit(self, suite: str, xml: Path) -> None:
        """Add the results of one JUnit file, which pytest wrote."""
        for case in ElementTree.parse(xml).getroot().iter("testcase"):  # noqa: S314  our own file
            outcomes = [child for child in case if child.tag in ("failure", "error", "skipped")]
            if outcomes:
                what = f"{suite}: {case.get('classname')}::{case.get('name')} ({outcomes[0].tag})"
                self.failed.append("\n    ".join([what, *_reasons(outcomes[0])]))
            else:
                self.passed += 1

    def go(self, event: Mapping[str, str]) -> None:
        """Add one result of `go test -json`."""
        if event["Action"] == "pass":
            self.passed += 1
        else:
            self.failed.append(f"go: {event['Package']}: {event['Test']} ({event['Action']})")


@dataclass(frozen=True)
class Suites:
    """Each is run to its end, whatever failed before; `folder` takes what the tools write."""

    folder: Path
    tally: Tally = field(default_factory=Tally)

    def lint(self) -> None:
        with self._counted("lint"):
            if not lint():
                self.tally.passed += 1
            else:
                self.tally.failed.append("lint")

    def pytest(self, name: str, *arguments: str, env: Mapping[str, str] | None = None) -> None:
        """In the project's own environment."""
        self._junit(name, [*PYTEST, *arguments], env)

    def pytest_together(self, each: Mapping[str, Sequence[str]], env: Mapping[str, str] | None = None) -> None:
        """Several, by name, at once."""
        with self._counted(", ".join(each)):
            commands = {name: [*PYTEST, *arguments, self._writes(name)] for name, arguments in each.items()}
            codes = children.run_together(commands, _environment(env), CHECKOUT, say)
            for name, code in codes.items():
                self._count(name, code)

    def bento(self, name: str) -> None:
        """In the Bento's own environment, whose dependencies conflict with ours."""
        uv = ["uv", "run", "--frozen", "--project", f"bentos/{name}", "--group", "dev", "--group", "build"]
        self._junit(f"bentos/{name}", [*uv, "pytest", f"tests/bentos/{name}"])

    def go(self, module: str) -> None:
        """The tests of our own Go code there."""
        name = f"go-{module}"
        log = self.folder / f"{name}.json"
        with self._counted(name):
            with log.open("w") as out:
                argv = ["go", "test", "-json", OWN_GO[module]]
                code = children.run(argv, golang.environment(), golang.MODULES / module, stdout=out)
            failed = len(self.tally.failed)
            for line in log.read_text().splitlines():
                event = json.loads(line) if line.startswith("{") else {}
                if event.get("Action") in ("output", "build-output"):
                    sys.stderr.write(event["Output"])
                if event.get("Test") and event["Action"] in ("pass", "fail", "skip"):
                    self.tally.go(event)
            self._require_a_reason(name, code, failed)

    def _junit(self, name: str, argv: Sequence[str], env: Mapping[str, str] | None = None) -> None:
        with self._counted(name):
            self._count(name, children.run([*argv, self._writes(name)], _environment(env), CHECKOUT))

    def _writes(self, name: str) -> str:
        return f"--junitxml={self._results(name)}"

    def _results(self, name: str) -> Path:
        return self.folder / f"{name.replace('/', '-')}.xml"

    def _count(self, name: str, code: int) -> None:
        failed = len(self.tally.failed)
        if (xml := self._results(name)).exists():
            self.tally.junit(name, xml)
        self._require_a_reason(name, code, failed)

    def _require_a_reason(self, name: str, code: int, failed: int) -> None:
        """A tool that failed and named no test failed as a whole."""
        if code and len(self.tally.failed) == failed:
            self.tally.failed.append(f"{name}: ended with status {code}")

    @contextmanager
    def _counted(self, name: str) -> Iterator[None]:
        say(name)
        start = time.monotonic()
        yield
        say(f"{name}: {time.monotonic() - start:.0f} s")


def _reasons(outcome: ElementTree.Element) -> list[str]:
    """The lines that name an error, since what a summary alone is left of should say why; else what was asserted."""
    lines = [line.strip() for line in (outcome.text or "").splitlines()]
    told = [line.removeprefix("E").strip() for line in lines if "error:" in line]
    return list(dict.fromkeys(told))[-REASONS:] or (outcome.get("message") or "").splitlines()[:1]


def lint() -> int:
    """ruff, its formatter and basedpyright, all three also where one complains."""
    commands = (["ruff", "check", "."], ["ruff", "format", "--check", "."], ["basedpyright"])
    return max(children.run([str(TOOLS / tool), *arguments], _environment(), CHECKOUT) for tool, *arguments in commands)


def _environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """A suite must not take the stack of the person who runs it for its own."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PULUMI_")}
    return clean | dict(more or {})
