"""What the scaler was expected to do, from the card, the measurement and the scaler that is there; and what it did."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from components import naming
from components.capacity import Capacity
from components.card import Card
from components.planning import DEFAULT_SYNC_S, SCHEDULE_S, reaction_s
from components.planning.fluid import Moment, foreseen
from components.planning.oracle import least_replicas, needed
from components.planning.signals import SIGNALS, quarter_s
from loadtests.evidence import Evidence, Foreseen
from loadtests.shapes import Load

CHANCE_DEVIATIONS = 3
"""Of the requests that random arrivals bring within the scaler's longest window: so many more or fewer may come."""


def foresee(load: Load, card: Card, capacity: Capacity, scaled_object: Mapping[str, Any] | None) -> Sequence[Foreseen]:
    """Each second of the load; none where nothing scales the service, or by signals not known here.

    A rate so near to a scaler's target that chance decides has one replica more or less in `least` and `most`.
    """
    triggers = scaled_object["spec"]["triggers"] if scaled_object else []
    signals = {each.get("name") for each in triggers if each.get("type") != "cron"}
    if scaled_object is None or signals != SIGNALS:
        return ()
    spec, sync_s, window_s = scaled_object["spec"], _sync_s(scaled_object), quarter_s(card)

    def told(deviations: float) -> Sequence[Moment]:
        def offered(second: float) -> float:
            rps = load.offered(second)
            return max(0.0, rps + deviations * math.sqrt(rps / window_s))

        return foreseen(offered, load.seconds, spec, card, capacity, sync_s)

    fewer, more = told(-CHANCE_DEVIATIONS), told(CHANCE_DEVIATIONS)
    return [
        Foreseen(
            each.second,
            each.backlog,
            each.desired,
            each.ready,
            least=min(each.ready, low.ready, high.ready),
            most=max(each.ready, low.ready, high.ready),
        )
        for each, low, high in zip(told(0), fewer, more, strict=True)
    ]


def reaction(capacity: Capacity, scaled_object: Mapping[str, Any] | None) -> float | None:
    """The longest from a surge to a ready replica, in seconds; None where nothing scales the service."""
    return reaction_s(capacity, _sync_s(scaled_object)) if scaled_object else None


def compared(run: Evidence) -> dict[str, dict[str, float | None]]:
    """Seconds of the run and replica-seconds, as they were foreseen and as they were seen; None: it never came."""
    told = [(float(moment.second), moment.ready) for moment in run.foreseen if moment.second < run.ended]
    seen = dict(_marks(run, [(sample.at, sample.ready) for sample in run.samples]))
    return {name: {"foreseen": value, "seen": seen[name]} for name, value in _marks(run, told)}


def off_by(run: Evidence) -> dict[str, float] | None:
    """How far the simulation was from the run; None where nothing was foreseen.

    `ready`: the mean over the seconds of how many replicas it was off; `replica_seconds`: as a part of those seen. The
    same `beyond_chance`: off what lies nearest between the least and the most that were foreseen.
    """
    told = [each for each in run.foreseen if each.second < int(run.ended)]
    if not told:
        return None
    seen = [run.ready_at(second) for second in range(len(told))]
    nearest = [min(max(ready, each.least), each.most) for ready, each in zip(seen, told, strict=True)]
    return {
        "ready": round(_mean_distance([each.ready for each in told], seen), 3),
        "replica_seconds": round(_excess([each.ready for each in told], seen), 4),
        "beyond_chance": round(_mean_distance(nearest, seen), 3),
        "replica_seconds_beyond_chance": round(abs(_excess(nearest, seen)), 4),
    }


def _mean_distance(told: Sequence[int], seen: Sequence[int]) -> float:
    return sum(abs(a - b) for a, b in zip(told, seen, strict=True)) / len(told)


def _excess(told: Sequence[int], seen: Sequence[int]) -> float:
    return sum(told) / sum(seen) - 1 if any(seen) else 1.0


def beside_oracle(run: Evidence, card: Card, capacity: Capacity) -> dict[str, float]:
    """Replica-seconds from the order on, and those of the least replicas that could have met the load."""
    rates = [run.load.offered(second + 0.5) for second in range(int(run.ended))]
    least = sum(least_replicas(needed(rates, capacity, card.scale.min, card.scale.max), SCHEDULE_S + capacity.start_s))
    held = sum(run.desired_at(second) for second in range(len(rates)))
    return {"replica_seconds": held, "oracle": least, "ratio": round(held / least, 3) if least else 0.0}


def _sync_s(scaled_object: Mapping[str, Any]) -> float:
    return float(scaled_object["metadata"].get("annotations", {}).get(naming.SCALER_SYNC, DEFAULT_SYNC_S))


def _marks(run: Evidence, ready: Sequence[tuple[float, int]]) -> Iterator[tuple[str, float | None]]:
    most = max((count for _, count in ready), default=0)
    rise = [(at, count) for at, count in ready if at < run.load.fall]
    yield "first_new_ready_s", next((round(at, 1) for at, count in rise if count > run.minimum), None)
    yield "most_ready_s", next((round(at, 1) for at, count in rise if count == most > run.minimum), None)
    back = [at for at, count in ready if at >= run.load.fall and count > run.minimum]
    yield "back_at_min_s", round(back[-1] + 1, 1) if back else None
    yield "replica_seconds", float(sum(count for _, count in ready))
