"""Every request of a run: when it was sent, how it ended, which replica answered, whether the answer was right."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


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

    def end(self, request: Request, status: int, pod: str = "", error: str = "") -> float:
        """Seconds that it took, from the moment at which it was due."""
        request.answered = self.now()
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
