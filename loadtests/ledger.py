"""Every request of a run: when it was sent, how it ended, which replica answered, whether the answer was right."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Request:
    """One request. `answered` stays None until its end is known, so that one cut off half-way is seen as lost."""

    number: int
    due: float
    """When it was to be sent, in seconds on the run's clock: its latency counts from here."""
    sent: float
    answered: float | None = None
    status: int = 0
    """HTTP status; 0: no answer came."""
    pod: str = ""
    error: str = ""
    drift: float | None = None
    """Largest difference from the reference vectors; None where the answer was not checked."""
    service_s: float | None = None
    """What its replica took of it, where it came by a waiting room."""

    @property
    def ok(self) -> bool:
        return self.answered is not None and 200 <= self.status < 300

    @property
    def lost(self) -> bool:
        """No answer, a server's error, or a refusal for load: the offered load never exceeds the card's peak."""
        return self.answered is None or self.status == 0 or self.status >= 500 or self.status == 429

    @property
    def latency_ms(self) -> float:
        """Infinite unless it was answered well: a failure must not flatter a percentile."""
        return (self.answered - self.due) * 1000 if self.ok and self.answered is not None else float("inf")

    @property
    def lag_ms(self) -> float:
        """The generator's own lateness, which is part of the latency."""
        return (self.sent - self.due) * 1000


@dataclass(slots=True)
class Work:
    """What replicas did about one request: how often it was begun and ended; once each, where all is well."""

    began: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Tally:
    """Where both sides of the ledger differ: how many requests, 0 where all is well."""

    answered: int
    orphans: int
    """Answered, and in no replica's log."""
    doubled: int
    """Begun or ended more than once."""
    unknown: int
    """Never sent."""


def tally(requests: Sequence[Request], served: Mapping[int, Work]) -> Tally:
    """Compares what was sent with what the replicas say that they did."""
    answered = [r.number for r in requests if r.ok]
    return Tally(
        answered=len(answered),
        orphans=sum(not (work and work.ended) for work in map(served.get, answered)),
        doubled=sum(len(work.began) > 1 or len(work.ended) > 1 for work in served.values()),
        unknown=len(served.keys() - {r.number for r in requests}),
    )


class Ledger:
    """Requests in the order in which they were sent, on one clock with the watcher."""

    def __init__(self) -> None:
        self.origin = time.perf_counter()
        """Second 0, on the machine's monotonic clock, which all its processes share."""
        self.requests: list[Request] = []

    def now(self) -> float:
        return time.perf_counter() - self.origin

    def begin(self, number: int, due: float) -> Request:
        request = Request(number, due, self.now())
        self.requests.append(request)
        return request

    def end(
        self, request: Request, status: int, pod: str = "", error: str = "", *, service_s: float | None = None
    ) -> float:
        """Seconds that it took, from the moment at which it was due."""
        request.answered, request.service_s = self.now(), service_s
        request.status, request.pod, request.error = status, pod, error
        return request.answered - request.due

    def recent(self, seconds: float) -> list[Request]:
        """Requests that ended or were due within the last `seconds`; cheap, since it reads from the end."""
        since, found = self.now() - seconds, []
        for request in reversed(self.requests):
            if request.due < since - 60:
                break
            if request.due >= since or (request.answered or 0) >= since:
                found.append(request)
        return found


def percentile(values: Iterable[float], percent: float) -> float | None:
    """Nearest rank: a value that was measured, never one between two. None of nothing."""
    ordered: Sequence[float] = sorted(values)
    if not ordered:
        return None
    return ordered[max(0, -int(-len(ordered) * percent // 100) - 1)]
