"""What a run recorded, on one clock: all that its verdict stands on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from components.card import Slo
from components.planning.autoscaler import TOLERANCE
from components.planning.fluid import Moment
from loadtests.ledger import Request, Work
from loadtests.replicas import Replica
from loadtests.shapes import Load


@dataclass(frozen=True)
class Sample:
    """What the API server said at one moment of the run's clock."""

    at: float
    desired: int
    """spec.replicas, which the scaler writes."""
    ready: int


@dataclass(frozen=True)
class Foreseen(Moment):
    """What was expected of one second, and the ready replicas that chance may make of it."""

    least: int
    most: int


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """All that a verdict stands on."""

    load: Load
    slo: Slo
    minimum: int
    maximum: int
    rps_per_replica: float
    predict: Callable[[float], int]
    """Replicas for an offered rate, within the card's bounds."""
    samples: Sequence[Sample]
    requests: Sequence[Request]
    reaction_s: float | None = None
    """The longest that was predicted from a surge to a new ready replica; None where nothing was there to scale."""
    foreseen: Sequence[Foreseen] = ()
    """What the scaler was expected to do, a moment a second; none where nothing was there to scale."""
    replicas: Sequence[Replica] = ()
    """Those that were made during the run."""
    planned: Sequence[float] = ()
    """The seconds at which requests were to be sent."""
    busy: Sequence[Sequence[float]] = ()
    """Per process of the generator and second, its share of one core."""
    served: Mapping[int, Work] = field(default_factory=dict)
    """What the replicas say they did, by the requests' numbers."""
    ended: float = 0.0
    obstacles: Sequence[str] = field(default=())
    """Why the run cannot be judged, as far as the run itself noticed."""

    def held(self, rps: float) -> int:
        """The fewest replicas that an autoscaler leaves at this rate: within its tolerance it changes nothing."""
        return self.predict(rps / (1 + TOLERANCE))

    def ready_at(self, second: float) -> int:
        """The last that was seen before this moment; min before the first look."""
        return next((s.ready for s in reversed(self.samples) if s.at <= second), self.minimum)

    def desired_at(self, second: float) -> int:
        """The same of desired."""
        return next((s.desired for s in reversed(self.samples) if s.at <= second), self.minimum)

    @property
    def surge(self) -> float | None:
        """The first second whose offered rate exceeds what the ready replicas carry; None: that never came."""
        exceeding = (
            s for s in range(int(self.load.fall)) if self.load.offered(s) > self.ready_at(s) * self.rps_per_replica
        )
        return next((float(second) for second in exceeding), None)

    @property
    def onset(self) -> float | None:
        """The surge; where replicas were ahead of it, the first second that takes more than min by the plan.

        None: there is no such second before the fall.
        """
        taking = (s for s in range(int(self.load.fall)) if self.held(self.load.offered(s)) > self.minimum)
        return next((float(second) for second in taking), None) if self.surge is None else self.surge
