"""Requests to a service, one after another, as long as something else is done to it."""

import itertools
import threading
import time
from dataclasses import dataclass, field

import httpx

CALLERS = 3
PAUSE_S = 0.05


@dataclass
class Traffic:
    """A context in which a few callers ask without end; what went wrong is in `lost`."""

    url: str
    answered: int = 0
    lost: list[str] = field(default_factory=list)
    first_seen: dict[str, float] = field(default_factory=dict)
    """When each pod answered first, on the monotonic clock."""

    def __enter__(self) -> "Traffic":
        self._end = threading.Event()
        self._number = itertools.count()
        self._callers = [threading.Thread(target=self._ask) for _ in range(CALLERS)]
        for caller in self._callers:
            caller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for caller in self._callers:
            caller.join()

    def until_heard(self) -> None:
        """Wait for the first request that was answered or lost."""
        while not self.answered and not self.lost:
            time.sleep(PAUSE_S)

    def _ask(self) -> None:
        with httpx.Client(timeout=10, trust_env=False) as http:
            while not self._end.wait(PAUSE_S):
                body = {"texts": [f"request {next(self._number)} of a caller that never rests"]}
                try:
                    answer = http.post(f"{self.url}/encode", json=body)
                except httpx.HTTPError as error:
                    self.lost.append(f"{type(error).__name__}: {error}")
                    continue
                if answer.status_code == 200:
                    self.answered += 1
                    self.first_seen.setdefault(answer.headers["x-pod"], time.monotonic())
                else:
                    self.lost.append(f"{answer.status_code}: {answer.text[:200]}")
