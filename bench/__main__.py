"""`python -m bench`: a line for each comparison, all of them in reports/bench/; 1 where a limit was passed."""

import json
import os
import platform
import sys
import time

from airgap.errors import SetupError
from airgap.paths import CHECKOUT
from bench.imports import compare_imports
from bench.previews import compare_previews
from bench.rounds import Comparison
from commands.stages import report, say

ROUNDS = 5
REPORT = CHECKOUT / "reports" / "bench"


def main() -> int:
    found = [*compare_imports(ROUNDS), *compare_previews(ROUNDS)]
    for each in found:
        print(each)
    report(f"wrote {_written(found)}")
    return not all(each.held for each in found)


def _written(found: list[Comparison]) -> str:
    REPORT.mkdir(parents=True, exist_ok=True)
    file = REPORT / f"{time.strftime('%Y%m%dT%H%M%S')}.json"
    machine = {"cpus": os.cpu_count(), "machine": platform.machine(), "python": platform.python_version()}
    file.write_text(json.dumps({"machine": machine, "comparisons": [each.document() for each in found]}, indent=2))
    return str(file)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SetupError as error:
        say(str(error))
        sys.exit(1)
