"""Whether a run can be judged at all: a generator that is busy or late measures itself. Pure functions."""

import itertools
from collections.abc import Sequence

from loadtests.evidence import Evidence
from loadtests.ledger import Request, percentile

BUSY_LIMIT = 0.70
"""Share of one core above which the generator's own queueing shows in the latencies."""
BUSY_WINDOW_S = 10
LAG_MS = 2.0
LAG_SHARE = 0.05
"""Of the measured p99: what the generator may be late, at its own p99, before the latencies are partly its own."""
LEAVING_S = 1.0
"""Before the last request: callers leave one by one, each with an arrival that is not sent any more."""
BLIND_S = 5
"""The longest the watcher may see nothing: a pod can come and go in between."""


def obstacles(run: Evidence) -> list[str]:
    """What keeps the run from being judged at all."""
    return list(run.obstacles) or [each for each in (_busy(run), _late(run), _unsent(run), _blind(run)) if each]


def lag(requests: Sequence[Request]) -> tuple[float, float]:
    """p99 of how late the generator sent, and what it may be, in milliseconds."""
    late = percentile((r.lag_ms for r in requests), 99) or 0.0
    p99 = percentile((r.latency_ms for r in requests if r.ok), 99) or 0.0
    return late, max(LAG_MS, LAG_SHARE * p99)


def _busy(run: Evidence) -> str | None:
    windows = [p[i : i + BUSY_WINDOW_S] for p in run.busy for i in range(max(1, len(p) - BUSY_WINDOW_S + 1))]
    busiest = max((sum(w) / len(w) for w in windows if w), default=0.0)
    if busiest <= BUSY_LIMIT:
        return None
    return (
        f"the generator used {busiest:.0%} of a core over {BUSY_WINDOW_S} s (limit {BUSY_LIMIT:.0%}), so the "
        "latencies are partly its own. To fix: lower load.peak_rps, or add --processes 2."
    )


def _late(run: Evidence) -> str | None:
    late, limit = lag(run.requests)
    if late <= limit:
        return None
    return (
        f"the generator sent its requests late, p99 {late:.1f} ms (limit {limit:.1f} ms), so the latencies are partly "
        "its own. To fix: end what else uses the machine, or lower load.peak_rps."
    )


def _unsent(run: Evidence) -> str | None:
    until = max((r.due for r in run.requests), default=0.0) - LEAVING_S
    planned = sum(moment <= until for moment in run.planned)
    missing = planned - sum(r.due <= until for r in run.requests)
    if not missing:
        return None
    return (
        f"{missing} of {planned} requests were never sent: a process of the generator has gone. "
        "To fix: run again, with fewer --processes."
    )


def _blind(run: Evidence) -> str | None:
    moments = [0.0, *(s.at for s in run.samples), run.ended]
    blind = max((b - a for a, b in itertools.pairwise(moments)), default=0.0)
    if blind <= BLIND_S:
        return None
    return f"the watcher saw nothing for {blind:.0f} s (limit {BLIND_S} s). To fix: see why the API server is slow."
