"""One run from beginning to end: what Locust's events call, and what it leaves behind."""

import atexit
import fcntl
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from locust.env import Environment
from locust.runners import MasterRunner

from loadtests import overload, report
from loadtests.evidence import Evidence, Foreseen
from loadtests.follower import followers
from loadtests.foresight import foresee, reaction
from loadtests.generator import Generator, pinned
from loadtests.ledger import Work
from loadtests.preflight import Restless, await_rest, await_service
from loadtests.progress import Progress, say
from loadtests.replicas import Diary
from loadtests.run import FAILED, INTERRUPTED, NOT_JUDGED, PASSED, REFUSED, Run
from loadtests.sabotage import Control, outcome
from loadtests.served import Logs, Served
from loadtests.shapes import SETTLE_S
from loadtests.target import Refused
from loadtests.verdict import CLAUSES, Verdict, judge
from loadtests.watcher import Cluster, Watcher
from loadtests.workers import Workers

START_WAIT_S = 60
"""Beyond slo.scale_down_s, until the replicas of an earlier run are gone."""


class Session:
    """The process that leads a run. Locust calls prepare, tick and finish."""

    def __init__(self, run: Run, generator: Generator, environment: Environment):
        self.run, self.generator, self.ledger = run, generator, generator.ledger
        self.workers = None
        if isinstance(environment.runner, MasterRunner):
            self.workers = Workers(environment.runner, self.ledger.requests)
        name, namespace = run.card.name, run.target.namespace
        self.cluster = Cluster(run.target.kubeconfig, run.target.context)
        self.watcher = Watcher(self.cluster, namespace, name, self.ledger.now)
        self.diary = Diary()
        self.followers = followers(self.cluster, namespace, name, self.diary, self.ledger.now)
        self.progress = Progress(run.load, self.ledger, self.watcher)
        self.control = Control(self.cluster, namespace, run.card)
        self.started: datetime | None = None
        self.logs: Logs | None = None
        self.verdict: Verdict | None = None
        self.exit_code = NOT_JUDGED
        self.pinned: dict[str, int | str | None] = {}
        self.interrupted = self._over = False
        self._obstacles: list[str] = []
        self._back_since: float | None = None
        self._foreseen: Sequence[Foreseen] = ()
        self._reaction_s: float | None = None
        self._lock = self._hold_service()
        atexit.register(self.close)

    def prepare(self) -> bool:
        """Waits for a cluster at rest, puts the sabotage in force, starts the clock. False: there will be no run."""
        run = self.run
        if self.started is not None:
            say("not run: a session judges one run. To fix: start Locust again")
            return False
        try:
            if cleared := self.control.clear_stale():
                say(cleared)
            await_service(run.target)
            await_rest(self.cluster, run.target, run.card.slo.scale_down_s + START_WAIT_S)
            scaled_object = self.cluster.scaled_object(run.target.namespace, run.card.name)
            self._foreseen = foresee(run.load, run.card, run.capacity, scaled_object)
            self._reaction_s = reaction(run.capacity, scaled_object)
            if run.options.sabotage:
                if self.workers and run.options.sabotage == "slow-generator":
                    raise Refused("--sabotage slow-generator burns the one process that sends. To fix: no --processes.")
                say(f"sabotage {run.options.sabotage}: the run must fail")
                self.control.apply(run.options.sabotage)
        except Refused as reason:
            say(f"not run: {reason}")
            self.exit_code = NOT_JUDGED if isinstance(reason, Restless) else REFUSED
        except Exception as error:  # any: Locust would log it and send the load all the same
            say(f"not run: the cluster gave no answer: {type(error).__name__}: {error}. To fix: make up")
            self.exit_code = REFUSED
        else:
            say(
                f"{run.card.name}: {run.load.name} from {run.load.base_rps:g} to {run.load.peak_rps:g} requests/s, "
                f"{run.load.seconds:.0f} s at most, {run.options.arrivals} arrivals, seed {run.options.seed}; one "
                f"replica carries {run.capacity.rps_per_replica:g}, predicted replicas {run.predict(run.load.peak_rps)}"
            )
            self._begin()
            return True
        self._over = True
        self.generator.end()
        return False

    def tick(self) -> int | None:
        """How many callers there should be; None ends the run."""
        if self.started is not None:
            second = self.ledger.now()
            self.progress.tick(second)
            self._over = self._over or second >= self.run.load.seconds or self._settled(second)
        if self.interrupted or self._over:
            self.generator.end()
            return None
        return self.run.load.callers

    def finish(self) -> None:
        """Once the last user has stopped: everything back in place, then the verdict and the report."""
        run = self.run
        if self.started is None or self.verdict is not None:
            self.close()  # Locust ends a preparation that was interrupted without a word to it
            return
        ended, self._over = self.ledger.now(), True
        self.generator.end()
        if self.workers:
            self.workers.end()
        for each in (self.watcher, *self.followers):
            each.stop()
        served = self._served()
        self.close()
        if self.interrupted:
            self._obstacles.append(f"interrupted at {ended:.0f} s of {run.load.seconds:.0f}")
        requests = sorted(self.ledger.requests, key=lambda request: request.due)
        evidence = Evidence(
            load=run.load,
            slo=run.card.slo,
            minimum=run.target.awake,
            maximum=run.card.scale.max,
            rps_per_replica=run.capacity.rps_per_replica,
            predict=run.predict,
            samples=self.watcher.samples,
            reaction_s=self._reaction_s,
            foreseen=self._foreseen,
            requests=requests,
            replicas=self.diary.replicas(requests),
            planned=run.moments,
            busy=list(self.workers.busy.values()) if self.workers else [self.generator.busy],
            served=served,
            ended=ended,
            obstacles=self._obstacles,
        )
        self.verdict = judge(evidence, overload.CLAUSES if run.load.name == overload.SHAPE else CLAUSES)
        folder = report.write(run.options.reports, evidence, self.verdict, self._facts(self.started))
        print(report.summary(self.verdict, folder))
        if not self.interrupted:  # not before: Locust only logs what fails in here, and a lost report is no pass
            self.exit_code = PASSED if self.verdict.passed else FAILED if self.verdict.judged else NOT_JUDGED
        if run.options.sabotage:
            print(outcome(run.options.sabotage, self.verdict))

    def interrupt(self) -> None:
        """Ends the run at the next tick, with requests in flight answered and the scaler as it was."""
        if not self.interrupted:
            say("stopping: waiting for requests in flight, then taking back what was sabotaged")
        self.interrupted, self.exit_code = True, INTERRUPTED

    def close(self) -> None:
        """Takes the sabotage back; safe to call at any time, and again."""
        for attempt in range(5):
            try:
                self.control.take_back()
                return
            except Exception as error:  # any: what is left behind would break the service's scaling for good
                say(f"could not take the sabotage back (attempt {attempt + 1} of 5): {error}")
                time.sleep(1)
        say("the sabotage is still in force. To fix: make load, which takes a stale one back first")

    def _begin(self) -> None:
        self.started = datetime.now(UTC)
        origin = time.perf_counter()
        self.ledger.origin = origin
        if self.workers:
            self.workers.begin(origin)
        else:
            self.pinned = pinned()
            self.generator.begin(origin)
        for each in (self.watcher, *self.followers):
            each.start()
        self.logs = Logs(self.cluster, self.run.target.namespace, self.run.card.name, Served(origin))
        self.logs.start()

    def _served(self) -> Mapping[int, Work]:
        if self.logs is None:
            return {}
        self.logs.settle(request.number for request in self.ledger.requests if request.ok)
        self.logs.stop()
        return self.logs.served.work

    def _facts(self, started: datetime) -> report.Facts:
        options, target = self.run.options, self.run.target
        return report.Facts(
            card=self.run.card,
            capacity=self.run.capacity,
            seed=options.seed,
            arrivals=options.arrivals,
            sabotage=options.sabotage,
            image=target.image,
            url=target.url,
            started=started,
            pinned=self.pinned,
            missed=[*self.watcher.missed, *(self.logs.missed if self.logs else ())],
        )

    def _settled(self, second: float) -> bool:
        """Whether ready has been back at min for long enough after the fall."""
        last = self.watcher.last
        if second < self.run.load.fall + 1 or last is None or not last.ready == last.desired == self.run.target.awake:
            self._back_since = None
        elif self._back_since is None:
            self._back_since = second
        return self._back_since is not None and second - self._back_since >= SETTLE_S

    def _hold_service(self):
        """A lock until the process ends: two runs at once would each judge the other's load."""
        folder = self.run.options.reports / self.run.card.name
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            raise Refused(
                f"another load test of {self.run.card.name} runs in this checkout. To fix: wait for it."
            ) from None
        return lock
