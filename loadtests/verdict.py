"""Clause by clause: did the service scale as its card says?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from loadtests.clauses import Clause
from loadtests.clauses.answers import no_loss, once, vectors
from loadtests.clauses.latency import slo, time_to_slo
from loadtests.clauses.plan import first_new_pod, overshoot, prediction
from loadtests.clauses.scaling import scaled_down, scaled_up, steady
from loadtests.evidence import Evidence
from loadtests.validity import obstacles


@dataclass(frozen=True, kw_only=True)
class Verdict:
    clauses: tuple[Clause, ...]
    obstacles: tuple[str, ...]

    @property
    def judged(self) -> bool:
        return not self.obstacles

    @property
    def passed(self) -> bool:
        """Nothing failed, and something passed."""
        return self.judged and not self.failing and any(clause.passed for clause in self.clauses)

    @property
    def failing(self) -> list[str]:
        return [clause.name for clause in self.clauses if clause.passed is False]

    @property
    def unjudged(self) -> list[str]:
        return [clause.name for clause in self.clauses if clause.passed is None]


CLAUSES = (
    scaled_up,
    first_new_pod,
    time_to_slo,
    slo,
    steady,
    overshoot,
    scaled_down,
    prediction,
    no_loss,
    once,
    vectors,
)


def judge(run: Evidence, clauses: Sequence[Callable[[Evidence], Clause]] = CLAUSES) -> Verdict:
    return Verdict(clauses=tuple(clause(run) for clause in clauses), obstacles=tuple(obstacles(run)))
