"""One run of many that could not be judged, once more: an hour of the others would be lost with it."""

import time
from collections.abc import Callable
from typing import TypeVar

from loadtests.progress import say
from loadtests.target import Refused

Result = TypeVar("Result")

SETTLE_S = 20.0
"""For what else uses the machine to end."""


def again_where_refused(run: Callable[[], Result], settle_s: float = SETTLE_S) -> Result:
    """What `run` returns. Its second refusal is raised."""
    try:
        return run()
    except Refused as why:
        say(f"{why} Once, this run is repeated by itself.")
        time.sleep(settle_s)
        return run()
