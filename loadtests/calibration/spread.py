"""How sure a figure is, and the refusal of one that is not."""

import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from loadtests.target import Refused

WIDEST = 0.20
"""Of an interval, as a part of its middle: with more, a replica too many or too few is a matter of luck."""
RESAMPLES = 1000
PACE = 0.06
"""Between the stretches of two spells of steps; without a slow spell they differ by 1 or 2 %, and 10 are 40 of p95."""


@dataclass(frozen=True)
class Interval:
    low: float
    middle: float
    high: float

    @classmethod
    def of(cls, rounds: Sequence[float]) -> "Interval":
        """Of a few rounds: what they span."""
        return cls(min(rounds), statistics.median(rounds), max(rounds))

    @property
    def width(self) -> float:
        return (self.high - self.low) / self.middle


def interval_of_mean(values: Sequence[float], seed: int = 1) -> Interval:
    """95 % of the means of samples like this one, by the bootstrap (Efron 1979)."""
    chance = random.Random(seed)  # noqa: S311  (reproducible, not secret)
    means = sorted(statistics.fmean(chance.choices(values, k=len(values))) for _ in range(RESAMPLES))
    return Interval(means[int(0.025 * RESAMPLES)], statistics.fmean(values), means[int(0.975 * RESAMPLES)])


def one_pace(stretches: Sequence[float]) -> bool:
    """Whether the machine was as fast in each of some spells."""
    return max(stretches) / min(stretches) - 1 <= PACE


def require_one_pace(first: float, between: float, again: float) -> None:
    """Of the same steps twice, and of others between them. Refused where the second time tells of neither's machine:
    which of them was the usual one cannot be told. Where only those between differ, the model does not fit them."""
    if not (one_pace([again, between]) or one_pace([again, first])):
        raise Refused(
            f"requests took {first:.2f}, {between:.2f} and {again:.2f} of their time alone in spells of some minutes "
            f"(limit {PACE:.0%} apart); nothing was written. To fix: end what else uses the machine, and run again."
        )


def require_narrow(what: str, found: Interval) -> None:
    """Refused where another measurement might well find something else."""
    if found.width > WIDEST:
        raise Refused(
            f"{what} is not known well enough: {found.low:.4g} to {found.high:.4g}, a spread of {found.width:.0%} "
            f"(limit {WIDEST:.0%}); nothing was written. To fix: end what else uses the machine, and run again."
        )
