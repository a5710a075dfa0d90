"""make test and make soak: each suite in its own environment, all counted in one last line."""

import json
import os
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from airgap import builds, golang
from airgap.paths import CHECKOUT
from commands import children
from commands.stages import report, say
from tests.doubles.clusters.control_plane import KWOK

TOOLS = CHECKOUT / ".venv" / "bin"
INSIDE = ["--ignore=tests/e2e", "--ignore=tests/bentos", "tests"]
"""What runs in the project's own environment and needs no whole stack."""
QUICK = "not cluster and not node and not soak"
CLUSTER = "cluster and not node and not soak"
BY_FILE = ("--dist", "loadfile")
"""A file's fixtures are made once, in one worker."""

QUICK_SUITES = (
    ("unit", ("-n", "auto", *BY_FILE), f"{QUICK} and not stack"),
    ("stacks", ("-n", "auto", *BY_FILE), f"{QUICK} and stack"),
)
SLOW_SUITES = (
    # A worker has an API server of its own, and most of these tests wait for an engine that has to start.
    ("cluster", ("-n", "2", *BY_FILE), f"{CLUSTER} and not alone"),
    ("cluster-alone", (), f"{CLUSTER} and alone"),
    ("node", (), "node and not soak"),
)
"""Name, workers, and which of the tests."""
E2E = ["-v", "-s", "tests/e2e"]
"""Minutes each, and what they measure is printed."""


@dataclass
class Tally:
    """What passed and what did not, over suites of different tools. A skipped test proves nothing, so it failed."""

    passed: int = 0
    failed: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.passed} passed, {len(self.failed)} failed"


def test(soak: bool = False) -> int:
    """Run all suites, also after a failure; 1 when anything failed."""
    tally, start = Tally(), time.monotonic()
    say("builds")
    builds.prepare(report)  # else the first test that needs one would build it, without a word
    golang.binary(*KWOK, report)  # for rehearsals alone
    say(f"builds: {time.monotonic() - start:.0f} s")
    with tempfile.TemporaryDirectory(prefix="tradewind-results-") as folder:
        results = Path(folder)
        if soak:
            _pytest(tally, results, "node", [*INSIDE, "-m", "soak"])
            _pytest(tally, results, "e2e", E2E, env={"TRADEWIND_PROOFS": "soak"})
        else:
            _lint(tally)
            for name, workers, marked in QUICK_SUITES:
                _pytest(tally, results, name, [*INSIDE, *workers, "-m", marked])
            _agent(tally, results)
            for project in sorted((CHECKOUT / "bentos").glob("*/pyproject.toml")):
                _bento(tally, results, project.parent.name)
            for name, workers, marked in SLOW_SUITES:
                _pytest(tally, results, name, [*INSIDE, *workers, "-m", marked])
            _pytest(tally, results, "e2e", E2E)
    for name in tally.failed:
        say(f"FAILED {name}")
    print(f"{tally} in {(time.monotonic() - start) / 60:.1f} min", flush=True)
    return bool(tally.failed)


def lint() -> int:
    """ruff, its formatter and basedpyright, all three also where one complains."""
    commands = (["ruff", "check", "."], ["ruff", "format", "--check", "."], ["basedpyright"])
    return max(_run([str(TOOLS / tool), *arguments]) for tool, *arguments in commands)


def _lint(tally: Tally) -> None:
    say("lint")
    if lint():
        tally.failed.append("lint")
    else:
        tally.passed += 1


def _pytest(tally: Tally, results: Path, name: str, arguments: list[str], env: dict[str, str] | None = None) -> None:
    _counted(tally, results / f"{name}.xml", name, [str(TOOLS / "python"), "-m", "pytest", *arguments], env)


def _bento(tally: Tally, results: Path, bento: str) -> None:
    """In the Bento's own environment, whose dependencies conflict with ours."""
    uv = ["uv", "run", "--frozen", "--project", f"bentos/{bento}", "--group", "dev", "--group", "build"]
    _counted(tally, results / f"{bento}.xml", f"bentos/{bento}", [*uv, "pytest", f"tests/bentos/{bento}"])


def _counted(tally: Tally, xml: Path, name: str, argv: list[str], env: dict[str, str] | None = None) -> None:
    say(name)
    start = time.monotonic()
    code = _run([*argv, f"--junitxml={xml}"], env)
    failed = len(tally.failed)
    if xml.exists():
        count_junit(tally, name, xml)
    if code and len(tally.failed) == failed:
        tally.failed.append(f"{name}: ended with status {code}")
    say(f"{name}: {time.monotonic() - start:.0f} s")


def count_junit(tally: Tally, suite: str, xml: Path) -> None:
    """Add the results of one JUnit file, which pytest wrote."""
    for case in ElementTree.parse(xml).getroot().iter("testcase"):  # noqa: S314  our own file
        outcomes = [child.tag for child in case if child.tag in ("failure", "error", "skipped")]
        if outcomes:
            tally.failed.append(f"{suite}: {case.get('classname')}::{case.get('name')} ({outcomes[0]})")
        else:
            tally.passed += 1


def _agent(tally: Tally, results: Path) -> None:
    """The tests of our own Go code."""
    say("agent")
    log = results / "agent.json"
    with log.open("w") as out:
        code = children.run(
            ["go", "test", "-json", "./agent/..."], golang.environment(), golang.MODULES / "node", stdout=out
        )
    failed = len(tally.failed)
    for line in log.read_text().splitlines():
        event = json.loads(line) if line.startswith("{") else {}
        if event.get("Action") in ("output", "build-output"):
            sys.stderr.write(event["Output"])
        if event.get("Test") and event["Action"] in ("pass", "fail", "skip"):
            count_go(tally, event)
    if code and len(tally.failed) == failed:
        tally.failed.append(f"agent: ended with status {code}")


def count_go(tally: Tally, event: dict[str, str]) -> None:
    """Add one result of `go test -json`."""
    if event["Action"] == "pass":
        tally.passed += 1
    else:
        tally.failed.append(f"agent: {event['Test']} ({event['Action']})")


def _run(argv: list[str], env: dict[str, str] | None = None) -> int:
    # A suite must not take the stack of the person who runs it for its own.
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PULUMI_")}
    return children.run(argv, clean | (env or {}), CHECKOUT)
