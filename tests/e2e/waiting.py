"""Waiting for what the cluster does by itself."""

import time
from collections.abc import Callable


def until(condition: Callable[[], object], limit_s: float) -> float:
    """Seconds that it took."""
    begin = time.monotonic()
    while not condition():
        assert time.monotonic() < begin + limit_s, f"not within {limit_s:.0f} s"
        time.sleep(0.5)
    return time.monotonic() - begin
