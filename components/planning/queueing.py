"""One rate of load, request by request: the latencies of so many replicas behind the balancer and the quota they have.

A replica is one server that takes all that waits as one batch, and works by CPU time, of which a quota (`quota.py`)
gives it so much in each period: it runs at full speed, then stands still until the next. A mean rate knows nothing of
that, and Erlang-C (`erlang.py`) takes one queue for all replicas and a variation that no model has.
"""

import heapq
import math
import random
import statistics
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from statistics import NormalDist

from components.capacity import Capacity
from components.card import Card
from components.planning.quota import GROUPS, PERIOD_S, Quota

FEWEST, SECONDS = 3000, 60.0
"""Requests in a simulation, and its length: as many as one of them asks for. p95 then stands on 150."""
QUANTILES = 41
"""Of service times."""
WARM_UP = 0.1
"""Share of the requests that only fill the queues."""


@dataclass(frozen=True)
class Model:
    """One replica, as it was measured."""

    work_s: Sequence[float]
    """CPU seconds of a request: quantiles, from which each draws."""
    run_s: float
    """The part of them that a batch pays once."""
    outside_s: float
    """Of an answer beside the CPU: network, entry, and the wait for company."""
    batch: int
    """Most requests in a batch."""
    cpu: float
    """CPU seconds a second; more than 1 is 1, since an endpoint runs on one thread."""
    crowding: float = 0.0
    """Part by which the work grows for each core that other replicas use."""

    def work_beside(self, replicas: int, rps: float) -> Sequence[float]:
        """`work_s` of one of so many replicas that share such a rate."""
        others = min(rps * statistics.fmean(self.work_s) / replicas, self.cpu) * (replicas - 1)
        return [each * (1 + self.crowding * others) for each in self.work_s]


@dataclass(frozen=True)
class Outcome:
    """Of the requests after the warm-up."""

    replicas: int
    rps: float
    p50_s: float
    p95_s: float
    p99_s: float
    mean_s: float
    utilisation: float
    """CPU that was used, as a share of what the quota gives."""

    @property
    def in_flight(self) -> float:
        """Mean of a replica's requests, by Little's law."""
        return self.rps * self.mean_s / self.replicas


def model(card: Card, capacity: Capacity) -> Model:
    """Of the measured replica."""
    alone = capacity.service_time_ms
    work_ms = alone.quantiles or _lognormal(alone.mean, alone.cv)
    return Model(
        work_s=tuple(each / 1000 * capacity.stretch for each in work_ms),
        run_s=capacity.run_ms / 1000,
        outside_s=capacity.outside_ms / 1000,
        batch=card.batch.size,
        cpu=min(1.0, capacity.cpu) - capacity.idle_cpu,
        crowding=capacity.crowding,
    )


def _lognormal(mean: float, cv: float) -> Sequence[float]:
    """Quantiles of what is known by two figures alone."""
    sigma = math.sqrt(math.log1p(cv * cv))
    places = (NormalDist().inv_cdf((number + 0.5) / QUANTILES) for number in range(QUANTILES))
    return [mean * math.exp(sigma * place - sigma * sigma / 2) for place in places]


def simulate(model: Model, replicas: int, rps: float, seed: int = 1) -> Outcome:
    """Poisson arrivals at `rps` on so many replicas at rest; the same seed gives the same outcome."""
    chance = random.Random(f"queueing:{seed}")  # noqa: S311  (reproducible, not secret)
    count = max(FEWEST, round(rps * SECONDS))
    arrivals = list(accumulate(chance.expovariate(rps) for _ in range(count)))
    return served(model, replicas, arrivals, seed, int(count * WARM_UP))


def served(
    model: Model,
    replicas: int,
    arrivals: Sequence[float],
    seed: int = 1,
    warm_up: int = 0,
    sizes: Sequence[float] = (),
) -> Outcome:
    """These very arrivals (seconds, ascending) on so many replicas at rest; the first `warm_up` do not count.

    The seed draws each request's replica, and its work where no `sizes` (of any unit) tell of it.
    """
    chance = random.Random(f"served:{seed}")  # noqa: S311
    quantiles = model.work_beside(replicas, len(arrivals) / arrivals[-1])
    work = _by_size(quantiles, sizes) if sizes else [chance.choice(quantiles) for _ in arrivals]
    servers = [_Replica(model, _quota(model, chance)) for _ in range(replicas)]
    took = array("d", bytes(8 * len(arrivals)))
    ends: list[tuple[float, int]] = []

    def finish_until(due: float) -> None:
        while ends and ends[0][0] <= due:
            end, which = heapq.heappop(ends)
            for number in servers[which].running:
                took[number] = end - arrivals[number] + model.outside_s
            if (end := servers[which].next_batch(end)) is not None:
                heapq.heappush(ends, (end, which))

    for number, now in enumerate(arrivals):
        finish_until(now)
        # Envoy's least-request: the less busy of two that are drawn.
        which = min(chance.randrange(replicas), chance.randrange(replicas), key=lambda each: servers[each].held)
        servers[which].waiting.append((number, work[number]))
        if not servers[which].running and (end := servers[which].next_batch(now)) is not None:
            heapq.heappush(ends, (end, which))
    finish_until(math.inf)
    kept = sorted(took[warm_up:])
    return Outcome(
        replicas=replicas,
        rps=len(arrivals) / arrivals[-1],
        p50_s=_rank(kept, 50),
        p95_s=_rank(kept, 95),
        p99_s=_rank(kept, 99),
        mean_s=sum(kept) / len(kept),
        utilisation=sum(server.used_s for server in servers) / (arrivals[-1] * replicas * model.cpu),
    )


def _by_size(quantiles: Sequence[float], sizes: Sequence[float]) -> list[float]:
    """Of each request the quantile that its size is among them: what is larger takes longer."""
    work = [0.0] * len(sizes)
    for rank, number in enumerate(sorted(range(len(sizes)), key=sizes.__getitem__)):
        work[number] = quantiles[rank * len(quantiles) // len(sizes)]
    return work


def _quota(model: Model, chance: random.Random) -> Quota | None:
    return None if model.cpu >= 1 else Quota(model.cpu, [chance.random() * PERIOD_S for _ in range(GROUPS)])


@dataclass
class _Replica:
    model: Model
    quota: Quota | None
    """None of one that nothing holds up."""
    waiting: list[tuple[int, float]] = field(default_factory=list)
    running: list[int] = field(default_factory=list)
    used_s: float = 0.0

    @property
    def held(self) -> int:
        return len(self.waiting) + len(self.running)

    def next_batch(self, now: float) -> float | None:
        """Begins with what waits; when it will be done, None where nothing does."""
        batch, self.waiting = self.waiting[: self.model.batch], self.waiting[self.model.batch :]
        self.running = [number for number, _ in batch]
        if not batch:
            return None
        saved = self.model.run_s * (len(batch) - 1)
        work = max(sum(work for _, work in batch) - saved, self.model.run_s)
        self.used_s += work
        return now + work if self.quota is None else self.quota.done(now, work)


def _rank(ordered: Sequence[float], percent: float) -> float:
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]
