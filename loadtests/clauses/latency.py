"""Whether answers came as soon as the card says, and how long after a surge they did again."""

import itertools
from collections import Counter

from loadtests.clauses import Clause
from loadtests.evidence import Evidence
from loadtests.ledger import percentile

WINDOW_S = 10
"""For so long p95 must hold before it is said to: of fewer requests the slow ones are chance."""


def slo(run: Evidence) -> Clause:
    """p95 of the requests due in the plateau, failures counted as endless, and the run's share of failures."""
    plateau = run.load.plateau
    p95 = percentile((r.latency_ms for r in run.requests if plateau.begin <= r.due < plateau.end), 95)
    bad = sum(not r.ok for r in run.requests)
    share = bad / len(run.requests) if run.requests else 1.0
    shown = (
        "no request in the plateau" if p95 is None else "p95 endless" if p95 == float("inf") else f"p95 {p95:.0f} ms"
    )
    return Clause(
        name="slo",
        passed=p95 is not None and p95 <= run.slo.p95_ms and share <= run.slo.error_rate,
        detail=f"{shown} over the plateau; {share:.2%} of all requests failed",
        value=p95,
        bound=run.slo.p95_ms,
        unit="ms",
        limit=f"p95 at most {run.slo.p95_ms} ms; at most {run.slo.error_rate:.2%} failed",
    )


def time_to_slo(run: Evidence) -> Clause:
    """From the surge to the first second from which on p95 holds: over the next seconds, and over all until the fall.

    All of them alone would hide a slow beginning behind a long plateau, the next ones alone would ask of every ten
    seconds what the card promises of the whole.
    """
    bound, end, onset = float(run.slo.scale_up_s), int(run.load.plateau.end), run.onset

    def clause(passed: bool | None, detail: str, value: float | None = None) -> Clause:
        return Clause(
            name="time-to-slo", passed=passed, detail=detail, value=value, bound=bound, unit="s",
            limit=f"within {bound:g} s",
        )  # fmt: skip

    if onset is None:
        return clause(None, f"no surge: the load needs no more than {run.minimum}")
    due = Counter(int(r.due) for r in run.requests)
    slow = Counter(int(r.due) for r in run.requests if not r.latency_ms <= run.slo.p95_ms)
    # Requests and slow ones from each second to the end.
    many, bad = ([*itertools.accumulate((of[s] for s in reversed(range(end))), initial=0)][::-1] for of in (due, slow))

    def holds(begin: int, until: int) -> bool:
        sent = many[begin] - many[until]
        return sent > 0 and (bad[begin] - bad[until]) * 20 <= sent

    held = (s for s in range(int(onset), end - WINDOW_S + 1) if holds(s, s + WINDOW_S) and holds(s, end))
    first = next(held, None)
    if first is None:
        return clause(False, f"p95 held from no second on after the surge in second {onset:.0f}")
    took = first - onset
    return clause(took <= bound, f"p95 holds from second {first} on, {took:.0f} s after the surge", took)
