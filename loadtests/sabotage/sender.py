"""The generator, broken: too busy to keep up."""

import time
from typing import ClassVar

import gevent

from loadtests.sabotage.parts import Before, Sabotage
from loadtests.verdict import Verdict

BURN_S, REST_S = 0.04, 0.01
"""80 % of a core, above what validity.py lets a generator use."""
FOR_S = 20
"""Long enough to be seen: the generator's priority lets it starve whatever else the machine does."""


class SlowGenerator(Sabotage):
    """Burns the processor in the process that sends, so that what it measures is partly itself."""

    clause = "void"
    _burning: ClassVar[gevent.Greenlet | None] = None

    @classmethod
    def seen(cls, verdict: Verdict) -> bool:
        return any(reason.startswith("the generator ") for reason in verdict.obstacles)

    def apply(self) -> None:
        SlowGenerator._burning = gevent.spawn(_burn)

    def take_back(self, before: Before) -> None:
        if SlowGenerator._burning:
            SlowGenerator._burning.kill()
            SlowGenerator._burning = None


def _burn() -> None:
    end = time.perf_counter() + FOR_S
    while time.perf_counter() < end:
        until = time.perf_counter() + BURN_S
        while time.perf_counter() < until:
            pass
        gevent.sleep(REST_S)
