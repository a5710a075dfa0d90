"""What the work of a request must be multiplied with, for a load's steps to come out as they did.

A replica under a load is slower than its requests alone tell: its threads want the interpreter at once, and what is
left of a quota's slice on one core is not there on the other. None of it is worth a model of its own. Beside other
replicas it is slower still: cores and caches are shared.
"""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from components.planning.queueing import Model, served

STRETCH = 0.7, 1.6
CROWDING = 0.0, 1.0
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
    replicas: int = 1


def foretold_p95_s(model: Model, replicas: int, due: Sequence[float], sizes: Sequence[float] = ()) -> float:
    """Of these very requests. A minute of Poisson arrivals has a p95 of its own, half of another's or twice it, and so
    has it whether long texts come together."""
    return statistics.median(served(model, replicas, due, seed, sizes=sizes).p95_s for seed in range(DRAWS))


def stretched(model: Model, stretch: float) -> Model:
    """The same replica with so much more work."""
    return replace(model, work_s=tuple(each * stretch for each in model.work_s))


def stretch_of(model: Model, steps: Sequence[Step]) -> float:
    """Of the steps of one replica."""
    return _fitted(lambda stretch: stretched(model, stretch), steps, STRETCH, other=1.0)


def crowding_of(model: Model, steps: Sequence[Step]) -> float:
    """Of the steps of several replicas, by a model whose stretch is known."""
    return _fitted(lambda crowding: replace(model, crowding=crowding), steps, CROWDING, other=0.0)


def _fitted(made: Callable[[float], Model], steps: Sequence[Step], bounds: tuple[float, float], other: float) -> float:
    """With it the model's p95 is as often too high as too low: the geometric mean of its errors is 1.

    A step whose p95 is endless, as more than one in twenty failed, is left out; `other` where all are so.
    """
    steps = [each for each in steps if math.isfinite(each.p95_s)]
    if not steps:
        return other
    low, high = bounds
    while high - low > PRECISION:
        middle = (low + high) / 2
        slower = made(middle)
        over = sum(math.log(foretold_p95_s(slower, each.replicas, each.due, each.sizes) / each.p95_s) for each in steps)
        low, high = (low, middle) if over > 0 else (middle, high)
    return round((low + high) / 2, 3)
