"""The engine is killed in the middle of an update of a cloud: one `make up` later all is there, once."""

import random
import time

from tests.e2e.checkout import Checkout
from tests.e2e.rehearsed import Rehearsed

KILLS = 20
"""A minute and a half each, so `make soak` alone runs them, a process a cloud."""

LATEST_S = 15
"""After the engine began to update: on an idle machine all of the cloud's resources are made by then."""


def kill_and_carry_on(checkout: Checkout, kind: str) -> None:
    """KILLS hits, each in a stack's first update, and each followed by what a person would do."""
    rehearsed = Rehearsed(checkout, kind)
    moments, hits = random.Random(kind), 0
    while hits < KILLS:
        seconds = moments.uniform(0, LATEST_S)
        hit = rehearsed.up_killed_after(seconds)
        print(f"\nkill {hits + 1} after {seconds:.1f} s: {'hit' if hit else 'all was done'}")
        hits += hit
        begin = time.monotonic()
        rehearsed.make("up").ok()
        print(f"all there after {time.monotonic() - begin:.1f} s")
        rehearsed.require_all_once()
        rehearsed.make("down").ok()
