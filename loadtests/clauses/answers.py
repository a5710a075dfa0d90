"""Whether each request had its answer, once, and the right one."""

from loadtests.clauses import Clause
from loadtests.corpus import TOLERANCE
from loadtests.evidence import Evidence
from loadtests.ledger import tally


def no_loss(run: Evidence) -> Clause:
    """Every request that was sent has an answer that is neither 5xx nor 429."""
    lost = [r for r in run.requests if r.lost]
    kinds: dict[str, int] = {}
    for request in lost:
        kind = str(request.status) if request.status and request.answered is not None else "no answer"
        kinds[kind] = kinds.get(kind, 0) + 1
    told = ", ".join(f"{count} x {kind}" for kind, count in sorted(kinds.items()))
    return Clause(
        name="no-loss",
        passed=bool(run.requests) and not lost,
        detail=f"{len(lost)} of {len(run.requests)} lost" + (f": {told}" if told else ""),
        limit="0 lost",
        value=len(lost),
        bound=0,
        unit="requests",
    )


def once(run: Evidence) -> Clause:
    """Each answer is the work of one replica, which began and ended it once; no request was begun a second time."""
    found = tally(run.requests, run.served)
    return Clause(
        name="once",
        passed=bool(found.answered) and not (found.orphans or found.doubled or found.unknown),
        detail=f"{found.orphans} of {found.answered} answers in no replica's log; {found.doubled} begun twice, "
        f"{found.unknown} never sent",
        value=found.orphans + found.doubled + found.unknown,
        bound=0,
        unit="requests",
        limit="each ended by one replica, none begun twice",
    )


def vectors(run: Evidence) -> Clause:
    """Each checked answer is the reference vector."""
    checked = [r for r in run.requests if r.drift is not None]
    wrong = [r for r in checked if r.drift is not None and not r.drift <= TOLERANCE]
    where = ", ".join(sorted({r.pod or "unknown" for r in wrong}))
    worst = max((r.drift for r in checked if r.drift is not None), default=0.0)
    return Clause(
        name="vectors",
        passed=bool(checked) and not wrong,
        detail=f"{len(wrong)} of {len(checked)} checked answers are wrong; the largest difference is {worst:.1e}"
        + (f"; answered by {where}" if wrong else ""),
        value=len(wrong) if checked else None,
        bound=0,
        unit="answers",
        limit=f"0 wrong; differences at most {TOLERANCE:.0e}",
    )
