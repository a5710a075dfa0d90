"""A service's autoscaler over a whole load, and what it costs beside the oracle."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.capacity import Capacity
from components.card import Card
from components.planning import SCHEDULE_S
from components.planning.fluid import Moment, foreseen
from components.planning.oracle import least_replicas, needed


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """All sequences have one value a second."""

    sync_s: float
    offered: Sequence[float]
    """Requests per second."""
    moments: Sequence[Moment]
    oracle: Sequence[int]
    seconds_short: int
    """How many offer more than the ready replicas carry at the SLO."""

    @property
    def replica_seconds(self) -> int:
        """From the order on, as the oracle's are."""
        return sum(moment.desired for moment in self.moments)

    @property
    def of_oracle(self) -> float:
        """Replica-seconds in those of the oracle; less than 1 only where the load was not carried."""
        return self.replica_seconds / sum(self.oracle)

    @property
    def turns(self) -> int:
        return turns(moment.desired for moment in self.moments)


def simulate(
    rates: Sequence[float],
    spec: Mapping[str, Any],
    card: Card,
    capacity: Capacity,
    sync_s: float,
) -> Simulation:
    """Of one rate a second, as the ScaledObject of this spec scales it, begun with the replicas that second 0 needs.

    The oracle holds none of the card's standby.
    """
    least, most = spec["minReplicaCount"], spec["maxReplicaCount"]
    needs = needed(rates, capacity, least - card.scale.standby, most)
    first = min(needs[0] + card.scale.standby, most)
    moments = foreseen(lambda second: rates[int(second)], len(rates), spec, card, capacity, sync_s, first)
    return Simulation(
        sync_s=sync_s,
        offered=rates,
        moments=moments,
        oracle=least_replicas(needs, SCHEDULE_S + capacity.start_s),
        seconds_short=sum(
            rate > moment.ready * capacity.rps_per_replica for rate, moment in zip(rates, moments, strict=True)
        ),
    )


def turns(counts: Iterable[int]) -> int:
    """How often replicas turned round: from more to fewer, or back."""
    found, heading, last = 0, 0, None
    for count in counts:
        if last is not None and count != last:
            direction = 1 if count > last else -1
            found += direction == -heading
            heading = direction
        last = count
    return found
