"""Whether the run went as it was planned: how soon, how many, and as foreseen second by second."""

from loadtests.clauses import Clause
from loadtests.evidence import Evidence
from loadtests.foresight import off_by

REACTION_SLACK = 3
"""Times the predicted reaction: its start-up time was measured at rest, and a replica that starts in a surge shares the
machine with those that answer it (1.6 times the prediction in one of two first runs)."""

OVERSHOOT, OVERSHOOT_SHARE = 1, 0.1
"""Replicas beyond the plan, or this part of it where that is more: a queue that was built up needs one more."""

OFF_READY, OFF_READY_SHARE = 0.2, 0.05
"""Replicas in the mean second, or this part of the peak's where that is more: one missing for a fifth of the run.
Runs so far were off by 0.04 to 0.08."""
OFF_REPLICA_SECONDS = 0.1
"""Of those seen. Runs so far: -0.3 to -2.1 %."""


def first_new_pod(run: Evidence) -> Clause:
    """From the surge to the first new ready replica.

    The clause scaled-up asks for all in the card's time, this one for the first in the plan's.
    """
    bound = min(float(run.slo.scale_up_s), REACTION_SLACK * (run.reaction_s or float("inf")))

    def clause(passed: bool | None, detail: str, value: float | None = None) -> Clause:
        predicted = f"; {run.reaction_s:.1f} s were predicted" if run.reaction_s else ""
        limit = f"within {bound:.1f} s{predicted}"
        return Clause(
            name="first-new-pod", passed=passed, detail=detail, limit=limit, value=value, bound=bound, unit="s"
        )

    onset, surge, wanted = run.onset, run.surge, run.held(run.load.peak_rps)
    if onset is None:
        return clause(None, f"no surge: the load needs no more than {run.minimum}")
    before, since = (run.minimum, 0.0) if surge is None else (run.ready_at(surge), surge)
    if before >= wanted:
        return clause(None, f"all {wanted} that the peak needs were ready in second {since:.0f}")
    came = next((s for s in run.samples if since <= s.at < run.load.fall and s.ready > before), None)
    if came is None:
        return clause(False, f"none beside {before} was ready after the surge in second {onset:.0f}")
    took = came.at - onset
    where = f"{abs(took):.1f} s {'before' if took < 0 else 'after'} the surge in second {onset:.0f}"
    return clause(took <= bound, f"ready went {before} to {came.ready} {where}", took)


def overshoot(run: Evidence) -> Clause:
    """The most desired, beyond what the plan says that the peak needs."""
    planned, most = run.predict(run.load.peak_rps), max((s.desired for s in run.samples), default=None)
    bound = max(OVERSHOOT, int(OVERSHOOT_SHARE * planned))
    over = None if most is None else max(0, most - planned)
    if most is None or over is None:
        passed, detail = False, "nobody looked"
    elif planned + bound >= run.maximum:
        passed, detail = None, f"{planned} planned, and no more than {run.maximum} may be asked for"
    else:
        passed, detail = over <= bound, f"at most {most} desired, {planned} planned"
    limit = f"at most {bound} beyond the plan"
    return Clause(name="overshoot", passed=passed, detail=detail, limit=limit, value=over, bound=bound, unit="replicas")


def prediction(run: Evidence) -> Clause:
    """Ready replicas, second by second and in sum, against those foreseen and what chance may make of them."""
    found = off_by(run)
    bound = max(OFF_READY, OFF_READY_SHARE * run.predict(run.load.peak_rps))
    value = None
    if not run.samples:
        passed, detail = False, "nobody looked"
    elif found is None:
        passed, detail = None, "nothing was foreseen: no scaler was there, or one whose signals are not known here"
    else:
        value, seconds = found["beyond_chance"], found["replica_seconds_beyond_chance"]
        passed = value <= bound and seconds <= OFF_REPLICA_SECONDS
        detail = f"off by {found['ready']:.2f} in the mean second, {found['replica_seconds']:+.1%} in replica-seconds"
        if value < found["ready"]:
            detail += f"; beyond chance {value:.2f} and {seconds:.1%}"
    limit = f"at most {bound:.2f} replicas; {OFF_REPLICA_SECONDS:.0%}"
    return Clause(
        name="prediction", passed=passed, detail=detail, limit=limit, value=value, bound=bound, unit="replicas"
    )
