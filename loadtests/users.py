"""Who sends the load: one class per service, over a base class that sends, counts and checks every request alike."""

from typing import Any, ClassVar

from gevent.event import AsyncResult
from locust import FastHttpUser, task
from locust.exception import StopUser
from locust.user.task import LOCUST_STATE_STOPPING

from loadtests.corpus import TOLERANCE, Draw
from loadtests.generator import Arrival, Generator, Turn
from loadtests.held import service_s
from loadtests.served import HEADER, request_id


class ModelUser(FastHttpUser):
    """A caller of a model service: waits for its turn, and sends the arrival that it is handed.

    There are as many callers as arrivals can ever be on their way at once, so none waits for a slow answer to another.
    Subclasses say what they send, and how an answer is checked.
    """

    abstract = True
    generator: ClassVar[Generator]
    timeout_s: ClassVar[float]
    requests: ClassVar[Draw]
    """What the arrivals send, by their numbers."""
    path: ClassVar[str] = "/"
    max_retries = 0
    max_redirects = 0

    def __init__(self, environment):
        self.network_timeout = self.connection_timeout = self.timeout_s
        super().__init__(environment)
        self.turn: Turn = AsyncResult()

    def wait_time(self) -> float:
        return 0  # the task itself waits

    def stop(self, force: bool = False) -> bool:
        """Lets a request that is on its way have its answer.

        Locust kills a user that waits, and the one that wakes in that very moment is cut off in its request.
        """
        if force:
            return super().stop(force=True)
        self._state = LOCUST_STATE_STOPPING
        if not self.turn.ready():
            self.turn.set(None)
        return False

    @task
    def call(self) -> None:
        """Sends one request, and writes down how it ended."""
        self.turn = AsyncResult()
        arrival = self.generator.take(self.turn)
        if arrival is None:
            raise StopUser
        self.send(arrival)

    def send(self, arrival: Arrival) -> None:
        number, ledger = arrival.number, self.generator.ledger
        entry = ledger.begin(number, arrival.due)
        header = {HEADER: request_id(ledger.origin, number)}
        body = self.body(number)
        with self.client.post(self.path, json=body, headers=header, name=self.path, catch_response=True) as answer:
            status = answer.status_code or 0
            headers = answer.headers or {}
            pod, error = str(headers.get("x-pod", "")), str(getattr(answer, "error", None) or "")
            took_s = ledger.end(entry, status, pod, error, service_s=service_s(headers))
            answer.request_meta["response_time"] = took_s * 1000  # Locust itself counts from the sending
            if status == 200 and self.checked(number):  # after the clock has stopped: reading 16 kB takes a while
                entry.drift = self.drift(number, answer)
                if not entry.drift <= TOLERANCE:
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
