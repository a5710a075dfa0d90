"""make test and make soak: which suites run, in which order, and what each has to wait for."""

import tempfile
import time
from pathlib import Path

from airgap import builds
from airgap.paths import CHECKOUT
from commands.building import Building
from commands.stages import report, say
from commands.suites import OWN_GO, Suites

INSIDE = ("--ignore=tests/e2e", "--ignore=tests/bentos", "tests")
"""What runs in the project's own environment and needs no whole stack."""
BY_FILE = ("--dist", "loadfile")
"""A file's fixtures are made once, in one worker."""
TOLD = ("-v", "-s")
"""Tests of minutes each, of which what they measure is printed."""
MEASURED = (*TOLD, "tests/e2e/measured")
"""With the machine to itself, since times and rates are judged."""
BESIDE = {name: (*TOLD, f"tests/e2e/{name}") for name in ("faults", "clouds", "accounts")}
KILLS = {f"kills-{name}": (*TOLD, f"tests/e2e/kills/test_{name}.py") for name in ("aws", "gcp")}
"""Each a checkout of its own; most of their time is waiting."""

QUICK = "not cluster and not node and not soak"
CLUSTER = "cluster and not node and not soak"


def test(soak: bool = False) -> int:
    """Run all suites, also after a failure; 1 when anything failed."""
    start = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="tradewind-results-") as folder,
        Building(report, [*builds.TARGETS, *builds.ON_REQUEST]) as building,
    ):
        suites = Suites(Path(folder))
        (_full if soak else _short)(suites, building)
    for name in suites.tally.failed:
        say(f"FAILED {name}")
    print(f"{suites.tally} in {(time.monotonic() - start) / 60:.1f} min", flush=True)
    return bool(suites.tally.failed)


def _short(suites: Suites, building: Building) -> None:
    suites.lint()
    for module in OWN_GO:
        suites.go(module)
    for project in sorted((CHECKOUT / "bentos").glob("*/pyproject.toml")):
        suites.bento(project.parent.name)
    building.wait("node")  # whose kubectl gives the add-ons' manifests, which are part of every local stack
    suites.pytest("unit", *INSIDE, "-n", "auto", *BY_FILE, "-m", f"{QUICK} and not stack")
    suites.pytest("stacks", *INSIDE, "-n", "auto", *BY_FILE, "-m", f"{QUICK} and stack")
    building.wait("engine", "kwok")
    # A worker has an API server of its own, and most of these tests wait for an engine that has to start.
    suites.pytest("cluster", *INSIDE, "-n", "2", *BY_FILE, "-m", f"{CLUSTER} and not alone")
    suites.pytest("cluster-alone", *INSIDE, "-m", f"{CLUSTER} and alone")
    suites.pytest("node", *INSIDE, "-m", "node and not soak")
    building.wait()
    suites.pytest("measured", *MEASURED)
    suites.pytest_together(BESIDE)


def _full(suites: Suites, building: Building) -> None:
    building.wait()
    suites.pytest("node", *INSIDE, "-m", "soak")
    full = {"TRADEWIND_PROOFS": "soak"}
    suites.pytest("measured", *MEASURED, env=full)
    suites.pytest_together(BESIDE | KILLS, env=full)
