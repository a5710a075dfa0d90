"""What is kept of a service when ten times as many call as it can answer: the clauses of the shape `overload`."""

from loadtests.clauses import Clause
from loadtests.clauses.answers import vectors
from loadtests.clauses.scaling import scaled_down
from loadtests.evidence import Evidence
from loadtests.ledger import Request, percentile
from loadtests.shapes import Stretch

SHAPE = "overload"
KEPT = 0.9
"""Of the goodput at full load."""
RECOVERY_S = 10
REFUSED = 429


def goodput_kept(run: Evidence) -> Clause:
    """Answers within the timeout, a second of the overload, against those of the plateau, where all were served."""
    full, much = run.load.plateau, run.load.named(SHAPE)
    before, during = _goodput(run, full, run.slo.timeout_s), _goodput(run, much, run.slo.timeout_s)
    quick = _goodput(run, much, run.slo.p95_ms / 1000)
    share = during / before if before else 0.0
    return Clause(
        name="goodput-kept",
        passed=share >= KEPT,
        detail=f"{during:.1f} answers a second within {run.slo.timeout_s} s, {share:.0%} of {before:.1f} before; "
        f"{quick:.1f} within {run.slo.p95_ms} ms; {much.rps_end:.0f} were sent",
        limit=f"at least {KEPT:.0%}",
        value=share,
        bound=KEPT,
        unit="of the full load",
    )


def refused_early(run: Evidence) -> Clause:
    """Whoever is not served is told so at once, and by 429: anything else is work for nobody, or a fault."""
    asked = _due(run, run.load.named(SHAPE))
    refused = [r for r in asked if r.status == REFUSED and r.answered is not None]
    late = percentile(((r.answered or 0.0) - r.due for r in refused), 95)
    lost = [r for r in asked if r.lost and r.status != REFUSED]
    shown = "nobody was refused" if late is None else f"{len(refused)} refused, p95 after {late * 1000:.0f} ms"
    most = run.slo.error_rate * len(asked)
    return Clause(
        name="refused-early",
        passed=late is not None and late * 1000 <= run.slo.p95_ms and len(lost) <= most,
        detail=f"{shown}; {len(lost)} of {len(asked)} lost otherwise",
        value=None if late is None else late * 1000,
        bound=run.slo.p95_ms,
        unit="ms",
        limit=f"within {run.slo.p95_ms} ms; at most {most:.0f} lost",
    )


def recovered(run: Evidence) -> Clause:
    """From ten seconds after the overload on, the card's promise holds again."""
    after = run.load.named("recovery")
    judged = [r for r in _due(run, after) if r.due >= after.begin + RECOVERY_S]
    p95 = percentile((r.latency_ms for r in judged), 95)
    bad = [r for r in _due(run, after) if not r.latency_ms <= run.slo.p95_ms]
    last = max((r.due - after.begin for r in bad), default=0.0)
    shown = "no request" if p95 is None else "p95 endless" if p95 == float("inf") else f"p95 {p95:.0f} ms"
    failed = sum(not r.ok for r in judged)
    return Clause(
        name="recovered",
        passed=p95 is not None and p95 <= run.slo.p95_ms and failed <= run.slo.error_rate * len(judged),
        detail=f"{shown} and {failed} failed from second {RECOVERY_S} on; the last slow or failed one was sent "
        f"{last:.1f} s after the overload",
        value=p95,
        bound=run.slo.p95_ms,
        unit="ms",
        limit=f"p95 at most {run.slo.p95_ms} ms within {RECOVERY_S} s",
    )


def _due(run: Evidence, stretch: Stretch) -> list[Request]:
    return [r for r in run.requests if stretch.begin <= r.due < stretch.end]


def _goodput(run: Evidence, stretch: Stretch, within_s: float) -> float:
    """Answers a second that came in time, by the moment at which they came: what was sent before counts too."""
    timely = [r for r in run.requests if r.latency_ms <= within_s * 1000]
    good = sum(r.answered is not None and stretch.begin <= r.answered < stretch.end for r in timely)
    return good / (stretch.end - stretch.begin)


CLAUSES = (goodput_kept, refused_early, recovered, scaled_down, vectors)
