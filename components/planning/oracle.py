"""The least replicas that meet a load known in advance: what an autoscaler that could see ahead would hold.

It is what replica-seconds are measured against. A replica is paid for from its order, so its start counts.
"""

import math
from collections import deque
from collections.abc import Iterable, Sequence

from components.capacity import Capacity


def needed(rates: Iterable[float], capacity: Capacity, minimum: int, maximum: int) -> list[int]:
    """Replicas that carry these rates (requests per second) at the SLO, with none to spare, within the bounds."""
    return [min(max(math.ceil(round(rate / capacity.rps_per_replica, 9)), minimum), maximum) for rate in rates]


def least_replicas(needs: Sequence[int], start_s: float) -> list[int]:
    """Replicas to hold in each second, so that in each as many are ready as `needs` says.

    One that is ordered at a second's start is ready `start_s` later, on whole seconds; what is held in second 0 is
    ready then; the youngest leave first. Every plan that meets the needs holds at least as many in every second: those
    ready in second t were held from t - start_s on, so each second holds what the next `start_s` need.
    """
    ahead = math.ceil(start_s)
    held: list[int] = []
    falling: deque[tuple[int, int]] = deque()  # (second, need) of those ahead that no later one reaches
    for second in reversed(range(len(needs))):
        while falling and falling[-1][1] <= needs[second]:
            falling.pop()
        falling.append((second, needs[second]))
        while falling[0][0] > second + ahead:
            falling.popleft()
        held.append(falling[0][1])
    return held[::-1]
