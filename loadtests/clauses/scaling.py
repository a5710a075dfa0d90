"""Whether replicas came, stayed and went as the card says."""

import itertools

from loadtests.clauses import Clause
from loadtests.evidence import Evidence


def scaled_up(run: Evidence) -> Clause:
    """Each second whose offered rate exceeds what the ready replicas carry is answered within scale_up_s."""
    limit = f"within {run.slo.scale_up_s} s"

    def clause(passed: bool, detail: str, value: float | None = None) -> Clause:
        bound = float(run.slo.scale_up_s)
        return Clause(name="scaled-up", passed=passed, detail=detail, limit=limit, value=value, bound=bound, unit="s")

    wanted, most = run.held(run.load.peak_rps), max((s.ready for s in run.samples), default=0)
    if most < wanted:
        return clause(False, f"ready never reached the predicted {wanted}: at most {most} of {wanted}")
    story = f"{wanted} predicted and ready; the offered rate never exceeded what was ready"
    reached, longest = -1.0, 0.0
    for second in range(int(run.load.fall)):
        offered, ready = run.load.offered(second), run.ready_at(second)
        if second < reached or offered <= ready * run.rps_per_replica:
            continue
        need = run.held(offered)
        reached = next((s.at for s in run.samples if s.at >= second and s.ready >= need), float("inf"))
        what = f"second {second}: {offered:.0f} rps exceed the {ready * run.rps_per_replica:.0f} rps of {ready} ready"
        if reached > second + run.slo.scale_up_s:
            when = f"only after {reached - second:.1f} s" if reached < float("inf") else "not before the end"
            return clause(False, f"{what}; {need} ready {when}", reached - second)
        longest = max(longest, reached - second)
        story = f"{what}; {need} ready after {reached - second:.1f} s"
    return clause(True, story, longest)


def steady(run: Evidence) -> Clause:
    """Inside the plateau neither desired nor ready turns round; what came before tells the first direction.

    What the surge ordered beyond the plan, as `overshoot` allows, may go again, once.
    """
    plateau, planned = run.load.plateau, run.predict(run.load.peak_rps)
    turns = []
    for name, values in (("desired", [s.desired for s in run.samples]), ("ready", [s.ready for s in run.samples])):
        heading, rose = 0, 0.0
        for (before, after), sample in zip(itertools.pairwise(values), run.samples[1:], strict=True):
            if after == before or sample.at >= plateau.end:
                continue
            direction = 1 if after > before else -1
            surplus = direction < 0 and after >= max(planned, sample.desired) and rose < plateau.begin
            if heading and direction != heading and sample.at >= plateau.begin and not surplus:
                turns.append(f"{name} went {before} to {after} in second {sample.at:.0f}")
            heading = direction
            rose = sample.at if direction > 0 else rose
    seen = any(plateau.begin <= s.at < plateau.end for s in run.samples)
    return Clause(
        name="steady",
        passed=seen and not turns,
        detail="; ".join(turns) or ("no direction change" if seen else "nobody looked during the plateau"),
        value=len(turns) if seen else None,
        bound=0,
        unit="turns",
        limit=f"none in seconds {plateau.begin:.0f} to {plateau.end:.0f}",
    )


def scaled_down(run: Evidence) -> Clause:
    """After the fall ready comes back to min, and stays there until the run ends."""
    limit = f"within {run.slo.scale_down_s} s"
    took = None
    after = [s for s in run.samples if s.at >= run.load.fall]
    rose = max((s.ready for s in run.samples if s.at < run.load.fall), default=0) > run.minimum
    if run.held(run.load.peak_rps) > run.minimum and not rose:
        passed, detail = False, f"ready never left {run.minimum}, so nothing was seen to come back"
    elif not after or after[-1].ready != run.minimum:
        last = after[-1].ready if after else "unknown"
        passed, detail = False, f"ready was {last} when the run ended, not {run.minimum}"
    else:
        back = next((b.at for a, b in reversed(list(itertools.pairwise(after))) if a.ready != run.minimum), after[0].at)
        took = back - run.load.fall
        passed, detail = took <= run.slo.scale_down_s, f"back at {run.minimum} {took:.1f} s after the fall"
    bound = float(run.slo.scale_down_s)
    return Clause(name="scaled-down", passed=passed, detail=detail, limit=limit, value=took, bound=bound, unit="s")
