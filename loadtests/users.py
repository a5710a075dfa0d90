"""Who sends the load: one class per service, over a base class that paces, counts and checks every request alike."""

import random
import time
from typing import TYPE_CHECKING, Any, ClassVar

from gevent.event import Event
from locust import FastHttpUser, task
from locust.exception import StopUser
from locust.user.task import LOCUST_STATE_STOPPING

from loadtests.arrivals import Pace
from loadtests.corpus import Draw

if TYPE_CHECKING:
    from loadtests.session import Session


class ModelUser(FastHttpUser):
    """A caller of a model service. Subclasses say what they send, and how an answer is checked."""

    abstract = True
    session: "Session"
    """The run that it takes part in; set on the class before users are made."""
    path: ClassVar[str] = "/"
    max_retries = 0
    max_redirects = 0

    def __init__(self, environment):
        self.network_timeout = self.connection_timeout = float(self.session.card.slo.timeout_s)
        super().__init__(environment)
        chance = random.Random(f"{self.session.seed}:{self.session.next_user()}")  # noqa: S311  (reproducible, not secret)
        self.pace = Pace(self.session.load.cycle_s, chance, time.perf_counter())
        self.leaving = Event()

    def wait_time(self) -> float:
        return 0  # the task itself waits

    def stop(self, force: bool = False) -> bool:
        """Lets a request that is on its way have its answer.

        Locust kills a user that waits, and the one that wakes in that very moment is cut off in its request.
        """
        if force:
            return super().stop(force=True)
        self._state = LOCUST_STATE_STOPPING
        self.leaving.set()
        return False

    @task
    def call(self) -> None:
        """Sends the run's next request when its time has come, and writes down how it ended."""
        if self.leaving.wait(self.pace.wait(time.perf_counter())):
            raise StopUser
        number = self.session.next_request()
        if number is None:
            return
        ledger = self.session.ledger
        entry = ledger.begin(number)
        with self.client.post(self.path, json=self.body(number), name=self.path, catch_response=True) as answer:
            status = answer.status_code or 0
            pod = str(answer.headers.get("x-pod", "")) if answer.headers else ""
            ledger.end(entry, status, pod, str(getattr(answer, "error", None) or ""))
            if status == 200 and self.checked(number):  # after the clock has stopped: reading 16 kB takes a while
                entry.drift = self.drift(number, answer)
                if not self.session.agrees(entry.drift):
                    answer.failure(f"the answer differs from its reference by {entry.drift:.1e}")

    def body(self, number: int) -> dict[str, Any]:
        """The request's JSON; another for each number."""
        raise NotImplementedError

    def checked(self, number: int) -> bool:
        """Whether this answer is compared with its reference: one in twenty, since the generator must stay light."""
        raise NotImplementedError

    def drift(self, number: int, answer: Any) -> float:
        """How far the answer is from its reference; infinite where its form is wrong."""
        raise NotImplementedError


class EmbedderUser(ModelUser):
    """Sends two sentences, wants two vectors."""

    path = "/encode"

    @property
    def requests(self) -> Draw:
        return self.session.requests

    def body(self, number: int) -> dict[str, Any]:
        return {"texts": self.requests.texts(number)}

    def checked(self, number: int) -> bool:
        return self.requests.checked(number)

    def drift(self, number: int, answer: Any) -> float:
        try:
            vectors = answer.json()
        except ValueError:
            return float("inf")
        return self.requests.drift(number, vectors)


USERS: dict[str, type[ModelUser]] = {"embedder": EmbedderUser}
