"""One run from beginning to end: what Locust's events call, and what it leaves behind."""

import atexit
import contextlib
import fcntl
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from components.capacity import load_capacity, predicted_replicas
from components.card import load_card
from loadtests import report
from loadtests.corpus import TOLERANCE, Corpus
from loadtests.ledger import Ledger
from loadtests.preflight import Restless, await_rest, await_service
from loadtests.progress import Progress, say
from loadtests.sabotage import SABOTAGES
from loadtests.shapes import SETTLE_S, Load
from loadtests.target import CHECKOUT, Refused, outputs, target
from loadtests.verdict import Evidence, Verdict, judge
from loadtests.watcher import Cluster, Watcher

PASSED, FAILED, REFUSED, NOT_JUDGED, INTERRUPTED = 0, 1, 2, 3, 130
START_WAIT_S = 60
"""Beyond slo.scale_down_s, until the replicas of an earlier run are gone."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """The parameters of locustfile.py."""

    service: str
    stack: str = "local"
    seed: int = 1
    sabotage: str | None = None
    bentos: Path = CHECKOUT / "bentos"
    outputs: Path | None = None
    reports: Path = CHECKOUT / "reports"


class Session:
    """The state of one run. Locust calls prepare, tick and finish, users call next_request."""

    def __init__(self, options: Options):
        folder = options.bentos / options.service
        if not folder.is_dir():
            known = ", ".join(sorted(p.parent.name for p in options.bentos.glob("*/card.yaml"))) or "none"
            raise Refused(f"--service {options.service}: no folder {folder}; there are: {known}. To fix: choose one.")
        self.options, self.seed = options, options.seed
        self.card = load_card(folder)
        self.capacity = load_capacity(folder, self.card)
        self.load = Load(self.card)
        self.target = target(outputs(options.stack, options.outputs), options.service)
        # Arrivals are random, but a tenth above the mean is out of their reach.
        self.requests = Corpus(options.service).draw(self.seed, self.load.requests() * 11 // 10 + 100)
        self.cluster = Cluster(self.target.kubeconfig, self.target.context)
        self.ledger = Ledger()
        self.watcher = Watcher(self.cluster, self.target.namespace, options.service, self.ledger.now)
        self.progress = Progress(self.load, self.ledger, self.watcher)
        self.scaler = SABOTAGES["no-scaler"](self.cluster, self.target.namespace, options.service)
        self.started: datetime | None = None
        self.verdict: Verdict | None = None
        self.exit_code = NOT_JUDGED
        self.interrupted = self._over = False
        self._obstacles: list[str] = []
        self._users = self._sent = 0
        self._back_since: float | None = None
        self._lock = self._hold_service()
        atexit.register(self.close)

    # What users ask

    def next_user(self) -> int:
        self._users += 1
        return self._users

    def next_request(self) -> int | None:
        """The number of the run's next request; None when the run is over, or has sent all that it may."""
        if self._over or self._sent >= len(self.requests):
            return None
        self._sent += 1
        return self._sent - 1

    def agrees(self, drift: float) -> bool:
        return drift <= TOLERANCE

    # What Locust's events call

    def prepare(self) -> bool:
        """Waits for a cluster at rest, puts the sabotage in force, starts the clock. False: there will be no run."""
        if self.started is not None:
            say("not run: a session judges one run. To fix: start Locust again")
            return False
        try:
            if cleared := self.scaler.clear_stale():
                say(cleared)
            await_service(self.target)
            await_rest(self.cluster, self.target, self.card.slo.scale_down_s + START_WAIT_S)
            if self.options.sabotage:
                say(f"sabotage {self.options.sabotage}: the run must fail")
                self.scaler.apply()
        except Refused as reason:
            say(f"not run: {reason}")
            self.exit_code = NOT_JUDGED if isinstance(reason, Restless) else REFUSED
        except Exception as error:  # any: Locust would log it and send the load all the same
            say(f"not run: the cluster gave no answer: {type(error).__name__}: {error}. To fix: make up")
            self.exit_code = REFUSED
        else:
            say(
                f"{self.card.name}: {self.load.name} from {self.load.base_rps:g} to {self.load.peak_rps:g} requests/s, "
                f"{self.load.seconds:.0f} s at most, seed {self.seed}; one replica carries "
                f"{self.capacity.rps_per_replica:g}, predicted replicas {self.predict(self.load.peak_rps)}"
            )
            self.started = datetime.now(UTC)
            self.ledger.restart()
            self.watcher.start()
            return True
        self._over = True
        return False

    def tick(self, second: float) -> int | None:
        """How many users there should be; None ends the run."""
        if self.interrupted or self._over:
            return None
        if self.started is None:
            return self.load.users(0)
        if self._sent >= len(self.requests):
            self._obstacles.append(
                f"all {len(self.requests)} requests that the run may send were sent by {second:.0f} s"
            )
            return None
        users = self.load.users(second + 0.5)  # until the next tick: on a slope, the middle of the coming second
        self.progress.tick(second, users)
        return None if second >= self.load.seconds or self._settled(second) else users

    def finish(self) -> None:
        """Once the last user has stopped: everything back in place, then the verdict and the report."""
        if self.started is None or self.verdict is not None:
            self.close()  # Locust ends a preparation that was interrupted without a word to it
            return
        ended, self._over = self.ledger.now(), True
        self.watcher.stop()
        self.close()
        if self.interrupted:
            self._obstacles.append(f"interrupted at {ended:.0f} s of {self.load.seconds:.0f}")
        evidence = Evidence(
            load=self.load,
            slo=self.card.slo,
            minimum=self.target.minimum,
            rps_per_replica=self.capacity.rps_per_replica,
            predict=self.predict,
            samples=self.watcher.samples,
            requests=self.ledger.requests,
            busy=self.progress.busy,
            ended=ended,
            obstacles=self._obstacles,
        )
        self.verdict = judge(evidence)
        if not self.interrupted:
            self.exit_code = PASSED if self.verdict.passed else FAILED if self.verdict.judged else NOT_JUDGED
        facts = report.Facts(
            card=self.card,
            capacity=self.capacity,
            seed=self.seed,
            sabotage=self.options.sabotage,
            image=self.target.image,
            url=self.target.url,
            started=self.started,
            missed=self.watcher.missed,
        )
        folder = report.write(self.options.reports, evidence, self.verdict, facts)
        print(report.summary(self.verdict, folder))

    def interrupt(self) -> None:
        """Ends the run at the next tick, with requests in flight answered and the scaler as it was."""
        if not self.interrupted:
            say("stopping: waiting for requests in flight, then putting the scaler back")
        self.interrupted, self.exit_code = True, INTERRUPTED

    def close(self) -> None:
        """Takes the sabotage back; safe to call at any time, and again."""
        for attempt in range(5):
            try:
                self.scaler.take_back()
                return
            except Exception as error:  # any: a pause left behind would break the service's scaling for good
                say(f"could not put the scaler back (attempt {attempt + 1} of 5): {error}")
                time.sleep(1)
        say("the scaler is still paused. To fix: make load, which ends a stale pause first")

    def predict(self, rps: float) -> int:
        return predicted_replicas(self.card, self.capacity, rps)

    def _settled(self, second: float) -> bool:
        """Whether ready has been back at min for long enough after the fall."""
        last = self.watcher.last
        if second < self.load.fall + 1 or last is None or not last.ready == last.desired == self.target.minimum:
            self._back_since = None
        elif self._back_since is None:
            self._back_since = second
        return self._back_since is not None and second - self._back_since >= SETTLE_S

    def _hold_service(self):
        """A lock until the process ends: two runs at once would each judge the other's load."""
        folder = self.options.reports / self.options.service
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            raise Refused(
                f"another load test of {self.options.service} runs in this checkout. To fix: wait for it."
            ) from None
        return lock


def opened(options: Options) -> Session:
    """A session, or the end of the process with one line on stderr and exit code 2."""
    try:
        return Session(options)
    except (ValueError, OSError) as error:
        with contextlib.suppress(OSError):
            say(f"error: {error}")
        sys.exit(REFUSED)
