"""Erlang-C, the textbook's M/M/c queue: what a plan is compared with, and no plan of ours rests on.

One queue before all replicas, service times as uneven as chance makes them (https://en.wikipedia.org/wiki/M/M/c_queue).
"""

import math


def waits(replicas: int, load: float) -> float:
    """The share of requests that wait, with a load in Erlang (rate times service time); 1 where it is too much."""
    if load >= replicas:
        return 1.0
    blocked = 1.0  # Erlang-B, by its recursion: no factorial overflows
    for servers in range(1, replicas + 1):
        blocked = load * blocked / (servers + load * blocked)
    return blocked / (1 - load / replicas * (1 - blocked))


def response_s(replicas: int, rps: float, service_s: float, percent: float = 95) -> float:
    """Percentile of wait and service together; infinite where the replicas cannot keep up."""
    load = rps * service_s
    if load >= replicas:
        return math.inf
    share, leaves, serves = waits(replicas, load), (replicas - load) / service_s, 1 / service_s

    def later(second: float) -> float:
        """The share that takes longer."""
        if math.isclose(leaves, serves):
            return math.exp(-serves * second) * (1 + share * serves * second)
        waited = share * (serves * math.exp(-leaves * second) - leaves * math.exp(-serves * second)) / (serves - leaves)
        return (1 - share) * math.exp(-serves * second) + waited

    low, high = 0.0, service_s
    while later(high) > 1 - percent / 100:
        high *= 2
    while high - low > 1e-6 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if later(middle) > 1 - percent / 100 else (low, middle)
    return high
