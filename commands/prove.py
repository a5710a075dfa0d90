"""make prove: what the rules are held to, tried and counted."""

import tempfile
from pathlib import Path

from commands.building import Building
from commands.stages import report, say
from commands.suites import Suites
from commands.test import QUICK


def prove() -> int:
    """The tests of the rules and our own stacks' findings; 1 when anything failed."""
    with tempfile.TemporaryDirectory(prefix="tradewind-results-") as folder, Building(report, ["node"]) as building:
        suites = Suites(Path(folder))
        building.wait("node")  # whose kubectl gives the add-ons' manifests, which are part of every local stack
        suites.pytest("policies", "tests/policies", "-m", QUICK)
    from tests.policies import proof  # reads all tables, which a failed build need not wait for

    for line in proof.lines():
        print(line)
    for name in suites.tally.failed:
        say(f"FAILED {name}")
    print(suites.tally, flush=True)
    return bool(suites.tally.failed)
