"""What the work of a request must be multiplied with, for a load's steps to come out as they did.

A replica under a load is slower than its requests alone tell: its threads want the interpreter at once, and what is
left of a quota's slice on one core is not there on the other. None of it is worth a model of its own.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

from components.planning.queueing import Model, served

LOWEST, HIGHEST = 0.7, 1.6
"""Beyond them the model is wrong, and not the work."""
PRECISION = 0.002
DRAWS = 7
"""Of what is left to chance; the median p95 counts."""


@dataclass(frozen=True)
class Step:
    """One rate of load, as it was sent and answered: seconds."""

    due: Sequence[float]
    p95_s: float
    sizes: Sequence[float] = ()
    """Of the requests, in any unit."""


def foretold_p95_s(model: Model, replicas: int, due: Sequence[float], sizes: Sequence[float] = ()) -> float:
    """Of these very requests. A minute of Poisson arrivals has a p95 of its own, half of another's or twice it, and so
    has it whether long texts come together."""
    return statistics.median(served(model, replicas, due, seed, sizes=sizes).p95_s for seed in range(DRAWS))


def stretched(model: Model, stretch: float) -> Model:
    """The same replica with so much more work."""
    return replace(model, work_s=tuple(each * stretch for each in model.work_s))


def stretch_of(model: Model, steps: Sequence[Step]) -> float:
    """With it the model's p95 is as often too high as too low: the geometric mean of its errors is 1.

    A step whose p95 is endless, as more than one in twenty failed, is left out; 1 where all are so.
    """
    steps = [each for each in steps if math.isfinite(each.p95_s)]
    if not steps:
        return 1.0
    low, high = LOWEST, HIGHEST
    while high - low > PRECISION:
        middle = (low + high) / 2
        slower = stretched(model, middle)
        over = sum(math.log(foretold_p95_s(slower, 1, each.due, each.sizes) / each.p95_s) for each in steps)
        low, high = (low, middle) if over > 0 else (middle, high)
    return round((low + high) / 2, 3)
