"""Clause by clause: did the service scale as its card says? Pure functions over what a run recorded.

A run that recorded nothing fails: each clause wants to see the thing happen, not merely that nothing went wrong.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from loadtests.corpus import TOLERANCE
from loadtests.evidence import Evidence
from loadtests.ledger import percentile, tally
from loadtests.validity import obstacles


@dataclass(frozen=True, kw_only=True)
class Clause:
    name: str
    passed: bool
    detail: str
    """What was measured, in a sentence."""
    limit: str
    """What the card asks."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    clauses: tuple[Clause, ...]
    obstacles: tuple[str, ...]

    @property
    def judged(self) -> bool:
        return not self.obstacles

    @property
    def passed(self) -> bool:
        return self.judged and all(clause.passed for clause in self.clauses)

    @property
    def failing(self) -> list[str]:
        return [clause.name for clause in self.clauses if not clause.passed]


def scaled_up(run: Evidence) -> Clause:
    """Each second whose offered rate exceeds what the ready replicas carry is answered within scale_up_s."""
    limit = f"within {run.slo.scale_up_s} s"

    def clause(passed: bool, detail: str) -> Clause:
        return Clause(name="scaled-up", passed=passed, detail=detail, limit=limit)

    wanted, most = run.predict(run.load.peak_rps), max((s.ready for s in run.samples), default=0)
    if most < wanted:
        return clause(False, f"ready never reached the predicted {wanted}: at most {most} of {wanted}")
    story = f"{wanted} predicted and ready; the offered rate never exceeded what was ready"
    reached = -1.0
    for second in range(int(run.load.fall)):
        offered, ready = run.load.offered(second), run.ready_at(second)
        if second < reached or offered <= ready * run.rps_per_replica:
            continue
        need = run.predict(offered)
        reached = next((s.at for s in run.samples if s.at >= second and s.ready >= need), float("inf"))
        what = f"second {second}: {offered:.0f} rps exceed the {ready * run.rps_per_replica:.0f} rps of {ready} ready"
        if reached > second + run.slo.scale_up_s:
            when = f"only after {reached - second:.1f} s" if reached < float("inf") else "not before the end"
            return clause(False, f"{what}; {need} ready {when}")
        story = f"{what}; {need} ready after {reached - second:.1f} s"
    return clause(True, story)


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
        limit=f"p95 at most {run.slo.p95_ms} ms; at most {run.slo.error_rate:.2%} failed",
    )


def steady(run: Evidence) -> Clause:
    """Inside the plateau neither desired nor ready turns round; what came before tells the first direction."""
    plateau = run.load.plateau
    turns = []
    for name, values in (("desired", [s.desired for s in run.samples]), ("ready", [s.ready for s in run.samples])):
        heading = 0
        for (before, after), sample in zip(itertools.pairwise(values), run.samples[1:], strict=True):
            if after == before or sample.at >= plateau.end:
                continue
            direction = 1 if after > before else -1
            if heading and direction != heading and sample.at >= plateau.begin:
                turns.append(f"{name} went {before} to {after} in second {sample.at:.0f}")
            heading = direction
    seen = any(plateau.begin <= s.at < plateau.end for s in run.samples)
    return Clause(
        name="steady",
        passed=seen and not turns,
        detail="; ".join(turns) or ("no direction change" if seen else "nobody looked during the plateau"),
        limit=f"none in seconds {plateau.begin:.0f} to {plateau.end:.0f}",
    )


def scaled_down(run: Evidence) -> Clause:
    """After the fall ready comes back to min, and stays there until the run ends."""
    limit = f"within {run.slo.scale_down_s} s"
    after = [s for s in run.samples if s.at >= run.load.fall]
    rose = max((s.ready for s in run.samples if s.at < run.load.fall), default=0) > run.minimum
    if run.predict(run.load.peak_rps) > run.minimum and not rose:
        passed, detail = False, f"ready never left {run.minimum}, so nothing was seen to come back"
    elif not after or after[-1].ready != run.minimum:
        last = after[-1].ready if after else "unknown"
        passed, detail = False, f"ready was {last} when the run ended, not {run.minimum}"
    else:
        back = next((b.at for a, b in reversed(list(itertools.pairwise(after))) if a.ready != run.minimum), after[0].at)
        took = back - run.load.fall
        passed, detail = took <= run.slo.scale_down_s, f"back at {run.minimum} {took:.1f} s after the fall"
    return Clause(name="scaled-down", passed=passed, detail=detail, limit=limit)


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
    )


def once(run: Evidence) -> Clause:
    """Each answer is the work of one replica, which began and ended it once; no request was begun a second time."""
    found = tally(run.requests, run.served)
    return Clause(
        name="once",
        passed=bool(found.answered) and not (found.orphans or found.doubled or found.unknown),
        detail=f"{found.orphans} of {found.answered} answers in no replica's log; {found.doubled} begun twice, "
        f"{found.unknown} never sent",
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
        limit=f"0 wrong; differences at most {TOLERANCE:.0e}",
    )


CLAUSES = (scaled_up, slo, steady, scaled_down, no_loss, once, vectors)


def judge(run: Evidence, clauses: Sequence[Callable[[Evidence], Clause]] = CLAUSES) -> Verdict:
    return Verdict(clauses=tuple(clause(run) for clause in clauses), obstacles=tuple(obstacles(run)))
