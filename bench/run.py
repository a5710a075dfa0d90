"""What `make bench` runs, in a place of its own, since it installs doubles where plugins are looked for."""

import json
import os
import platform
import time

from airgap.paths import CHECKOUT
from bench.imports import compare_imports
from bench.pack import measure_pack
from bench.previews import STACKS, compare_preview, entered, planned_for
from bench.rounds import Comparison, Measured
from bench.truth import Truth, compare_truth
from commands.stages import report

ROUNDS = 5
TRUTH_ROUNDS = 1
"""Of five minutes each, and what they show is no ratio of times."""
REPORT = CHECKOUT / "reports" / "bench"


def run() -> int:
    """A line for each comparison, all of them in reports/bench/; 1 where a limit was passed."""
    found: list[Comparison | Measured | Truth] = [*compare_imports(ROUNDS)]
    with entered():
        planned = {stack: planned_for(stack) for stack in STACKS}
        found += measure_pack([each for resources in planned.values() for each in resources], ROUNDS)
        found += [compare_preview(stack, resources, ROUNDS) for stack, resources in planned.items()]
    found += compare_truth(TRUTH_ROUNDS)
    for each in found:
        print(each)
    report(f"wrote {_written(found)}")
    return not all(each.held for each in found)


def _written(found: list[Comparison | Measured | Truth]) -> str:
    REPORT.mkdir(parents=True, exist_ok=True)
    file = REPORT / f"{time.strftime('%Y%m%dT%H%M%S')}.json"
    machine = {"cpus": os.cpu_count(), "machine": platform.machine(), "python": platform.python_version()}
    file.write_text(json.dumps({"machine": machine, "comparisons": [each.document() for each in found]}, indent=2))
    return str(file)
