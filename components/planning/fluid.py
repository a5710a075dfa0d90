"""A load, its queue and its autoscaler second by second, before a request is sent.

Requests are a fluid: a rate in, a rate out that grows with what is inside, and what is inside between. That tells how
many replicas are asked for and ready, and when; what single requests wait it does not tell. (A pointwise stationary
fluid flow approximation: Wang, Tipper and Banerjee, 1996, https://doi.org/10.1287/ijoc.8.1.68.)
"""

import bisect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.capacity import Capacity
from components.card import Card
from components.planning import SCHEDULE_S, SCRAPE_S
from components.planning.activation import Activation
from components.planning.autoscaler import DOWN, UP, Autoscaler, Reading, rules
from components.planning.queue import held, queue_length
from components.planning.signals import IN_FLIGHT_NOW, means

STEPS_A_SECOND = 4


@dataclass(frozen=True)
class Moment:
    """The state at the start of a second."""

    second: int
    backlog: float
    """Requests that wait."""
    desired: int
    ready: int


def foreseen(
    offered: Callable[[float], float],
    seconds: float,
    spec: Mapping[str, Any],
    card: Card,
    capacity: Capacity,
    sync_s: float,
    replicas: int | None = None,
) -> Sequence[Moment]:
    """A moment for each second of a load, of `offered` requests per second, on a service at rest.

    `spec` is that of the ScaledObject which scales it, `sync_s` the seconds between two looks of its autoscaler,
    `replicas` what is ready at first (None: the least). A schedule in `spec` is taken for one that sleeps.
    """
    behavior = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    activation = Activation(spec)
    scaler = Autoscaler(
        max(1, spec["minReplicaCount"]),
        spec["maxReplicaCount"],
        rules(behavior.get("scaleUp"), UP),
        rules(behavior.get("scaleDown"), DOWN),
    )
    triggers = {each["name"]: each["metadata"] for each in spec["triggers"]}
    # What the object asks for, which a sabotage may have changed.
    most_now = float(triggers[IN_FLIGHT_NOW]["threshold"])
    lasting = [(each.window_s, float(triggers[each.name]["threshold"])) for each in means(card, capacity)]
    desired = spec["minReplicaCount"] if replicas is None else replicas
    service = _Service(card, capacity, desired)
    found, next_sync = [], sync_s
    for step in range(math.ceil(seconds * STEPS_A_SECOND)):
        at = step / STEPS_A_SECOND
        if not step % STEPS_A_SECOND:
            found.append(Moment(int(at), service.waiting, desired, service.ready(at)))
        service.flow(at, offered(at), 1 / STEPS_A_SECOND)
        if at >= next_sync:
            next_sync += sync_s
            readings = [Reading(service.seen(at, 0), most_now)]
            readings += [Reading(service.seen(at, s) + card.scale.standby * target, target) for s, target in lasting]
            if desired:  # an autoscaler leaves alone what has no replica
                desired = scaler.decide(at, desired, readings)
            desired = activation.decide(at, desired, any(reading.total > 0 for reading in readings))
            service.scale(at, desired)
    return found


class _Service:
    """Replicas that share what is inside.

    At a share u of its full rate one answers after t / (1 - u) on average, where t is such that the measured point lies
    on it. From 0.6 to 0.8 that is within a quarter of what the simulation of single requests (`queueing.py`) has in
    flight; below the measured rate the scaler takes the measured mean for the least.
    """

    def __init__(self, card: Card, capacity: Capacity, replicas: int):
        self.start_s = capacity.start_s
        self.queued, self.held = queue_length(card, capacity), held(card, capacity)
        self.full_rps, self.response_s = capacity.full_rps, capacity.response_ms / 1000
        self.unqueued_s = self.response_s * max(0.0, 1 - capacity.rps_per_replica / capacity.full_rps)
        self.inside = self.answered_rps = 0.0
        self._ready_at = [-math.inf] * replicas
        self._at: list[float] = []
        self._sums = [0.0]
        """Of the requests that the scaler sees, over all moments before each of `_at`."""

    def ready(self, at: float) -> int:
        return bisect.bisect_right(self._ready_at, at)

    @property
    def waiting(self) -> float:
        return self.inside - self.answered_rps * self.unqueued_s

    def flow(self, at: float, offered: float, seconds: float) -> None:
        """Lets requests in and out for a step."""
        ready = self.ready(at)
        # At zero the waiting room takes what a replica would.
        let_in = self.queued + max(1, ready) * self.held
        self.inside = min(let_in, self._left(self.inside + offered * seconds, ready, seconds))
        each = self.inside / ready if ready else 0.0
        self.answered_rps = ready * each / (self.unqueued_s + each / self.full_rps) if each else 0.0
        self._at.append(at)
        self._sums.append(self._sums[-1] + max(self.inside, self.answered_rps * self.response_s))

    def _left(self, come: float, ready: int, seconds: float) -> float:
        """Of those that were inside or came, those still inside after a step: y = come - seconds * answered_rps(y).

        Implicit, since requests are answered within less than a step.
        """
        if not ready:
            return come
        each = come / ready
        lacking = self.unqueued_s + seconds - each / self.full_rps
        root = math.sqrt(lacking * lacking + 4 * each * self.unqueued_s / self.full_rps)
        return ready * self.full_rps * (root - lacking) / 2

    def seen(self, at: float, window_s: float) -> float:
        """Mean in flight and waiting over a window that ends with the last scrape; 0: at that scrape."""
        scraped = bisect.bisect_right(self._at, at - SCRAPE_S / 2)
        if not scraped:
            return 0.0
        begin = min(bisect.bisect_right(self._at, self._at[scraped - 1] - window_s), scraped - 1)
        return (self._sums[scraped] - self._sums[begin]) / (scraped - begin)

    def scale(self, at: float, replicas: int) -> None:
        """New ones are ready after their start; the youngest leave first."""
        more = replicas - len(self._ready_at)
        self._ready_at += [at + SCHEDULE_S + self.start_s] * max(0, more)
        del self._ready_at[replicas:]
