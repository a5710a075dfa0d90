"""Points of load that no measurement has seen, and whether the plan was right about them. No I/O."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from components.capacity import Capacity
from components.card import Card
from components.planning.erlang import response_s
from components.planning.queueing import Model, model, served
from loadtests.arrivals import steady
from loadtests.calibration.point import Point
from loadtests.calibration.stretch import foretold_p95_s, stretched

MOST = 3
"""Replicas: with a limit of 400m each they leave this machine's cores room for the load and the node."""

SECONDS, FEWEST = 80.0, 800
"""Of a run with the planned replicas, and its requests, for which a low rate is sent longer: its p95 stands on 40."""
SWEEPS = 3
"""Over all points, each with pods of its own: the spread of their runs, twenty minutes apart, has in it what a pod's
luck and the machine's pace do."""

LOADS = {
    1.0: (0.35, 0.55, 0.8, 0.9, 1.0, 1.25, 1.5, 1.65, 1.8),
    0.5: (0.25, 0.4, 0.6, 0.7, 0.8, 1.0, 1.2),
}
"""By the share of the card's p95 that is promised: rates in full replicas, chosen before anything was measured."""

FIRST_SEED = 201
"""A calibration's are 1 to 9; those from 101 were seen while the model was made."""

POINTS = 12
"""That have to be decided: whose runs agree about the promise."""
EXACT = 0.9
"""Share of them whose replicas must be exact."""
OF_ERLANG = 0.5
"""Of plain Erlang-C's error, at most."""


def points(
    card: Card, capacity: Capacity, seconds: float, sizes: Callable[[int, int], Sequence[float]]
) -> Iterator[Point]:
    """Those that at most MOST replicas can keep, as the plan sees them before any run.

    A run lasts `seconds`, or until FEWEST requests. `sizes` tells those of so many requests by a seed, in any unit.
    """
    replica = model(card, capacity)
    cases = [(share, load) for share, loads in LOADS.items() for load in loads]
    for seed, (share, load) in enumerate(cases, FIRST_SEED):
        promised_ms, rps = round(card.slo.p95_ms * share), round(load * capacity.full_rps, 1)
        lasts = max(seconds, FEWEST / rps)
        due = steady(rps, lasts, seed)
        sized = sizes(seed, len(due))
        p95_ms = {replicas: foretold_p95_s(replica, replicas, due, sized) * 1000 for replicas in range(1, MOST + 1)}
        if (fewest := next((replicas for replicas, each in p95_ms.items() if each <= promised_ms), None)) is None:
            continue
        utilisation = served(replica, fewest, due, sizes=sized).utilisation
        yield Point(
            rps=rps,
            seconds=lasts,
            requests=len(due),
            seed=seed,
            promised_ms=promised_ms,
            replicas=fewest,
            utilisation=utilisation,
            cores=utilisation * fewest * replica.cpu / capacity.stretch,  # which was found by p95, not by CPU
            p95_ms=p95_ms[fewest],
            erlang_ms=response_s(fewest, len(due) / lasts, 1 / capacity.full_rps) * 1000,
        )


def runs(found: Sequence[Point], sweep: int) -> Iterator[tuple[Point, int]]:
    """Each point and its replicas, in the order that scales least; with one replica less again where that was near."""
    for replicas in range(MOST, 0, -1):
        yield from ((point, replicas) for point in found if point.replicas == replicas)
        fewer = (point for point in found if point.replicas == replicas + 1)
        yield from ((point, replicas) for point in fewer if sweep == 0 or point.near)


def at_its_pace(found: Sequence[Point], replica: Model, sizes: Callable[[int, int], Sequence[float]]) -> str:
    """What would have been foretold, had the machine been as fast at the measurement as it was in each point's runs.

    It is told beside the plan's own errors and excuses none: it parts a wrong model from a machine that has changed.
    """
    within = 0
    for point in found:
        due = steady(point.rps, point.seconds, point.seed)
        slower = stretched(replica, point.pace)
        point.at_pace_ms = foretold_p95_s(slower, point.replicas, due, sizes(point.seed, len(due))) * 1000
        within += replace(point, p95_ms=point.at_pace_ms).within
    pace = sum(point.pace * point.cores for point in found) / sum(point.cores for point in found)
    return (
        f"requests took {pace:.2f} of the CPU that they took when it was measured; had that been known of each "
        f"point's, p95 would have been within its bound at {within} of {len(found)}"
    )


def shortfalls(found: Sequence[Point]) -> list[str]:
    """What was promised of the plan, and did not come true."""
    decided = [point for point in found if point.decided]
    exact = sum(point.exact for point in decided) / max(1, len(decided))
    off, textbook = (sum(each) / len(found) for each in zip(*((p.error, p.erlang_error) for p in found), strict=True))
    told = [
        f"{point.rps:g}/s: off by {point.error:.0%}, allowed {point.allowed:.0%}" for point in found if not point.within
    ]
    if len(decided) < POINTS:
        told.append(f"{len(decided)} points are decided, {POINTS} are asked")
    if exact < EXACT:
        told.append(f"replicas exact at {exact:.0%} of {len(decided)} points, {EXACT:.0%} are asked")
    if off > OF_ERLANG * textbook:
        told.append(f"p95 off by {off:.0%} on average, more than half of Erlang-C's {textbook:.0%}")
    return told
