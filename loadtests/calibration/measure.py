"""The steps of a calibration, each a load on one replica, and the figures that come of them."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property

from components.card import Card
from components.planning.queueing import Model
from loadtests.arrivals import steady
from loadtests.calibration.again import again_where_refused
from loadtests.calibration.figures import BATCHED, SEEDS, STEP_S, Found, alone_of, medians, model_of, times
from loadtests.calibration.held import Held
from loadtests.calibration.sending import Sender
from loadtests.calibration.spread import Interval, interval_of_mean, one_pace, require_narrow, require_one_pace
from loadtests.calibration.stretch import Step, crowding_of, foretold_p95_s, stretch_of, stretched
from loadtests.calibration.usage import Usage
from loadtests.ledger import Request, percentile
from loadtests.progress import say
from loadtests.target import Refused

ALONE_RPS, ALONE_S = 4.0, 40.0
"""Evenly spaced, so that no request waits for another, and each finds most of a period's quota."""
ALONE_ROUNDS = 3
"""Of the same requests; each one's median counts: a large one is slow in all of them, a stalled one in one."""
REST_S = 30.0
"""Three of the kubelet's looks at what a container used."""
FULL_REQUESTS, FULL_ROUNDS = 300, 3
STEP = 0.05
"""Between two rates that are tried."""
MOST_STEPS = 8
MOST_OF_FULL = 0.9
"""Of the full rate, whatever p95 says of so short a step: nearer to it a queue has no mean."""
TURNS, TURNS_AT = range(4, 10), 0.8
"""Seeds, and the share of the rate: at all of it a p95 is too much of a draw to tell how two of them differ."""
START_ROUNDS = 2


class Calibration:
    """Runs the steps in their order, and says what each found."""

    def __init__(self, card: Card, sender: Sender, held: Held, usage: Callable[[], Usage], cpu_limit: float):
        self.card, self.sender, self.held, self.usage, self.cpu_limit = card, sender, held, usage, cpu_limit
        self.found = Found()

    def run(self) -> Found:
        for step in (self._rest, self._alone, self._full, self._rate, self._together, self._pace, self._start):
            begun = time.monotonic()
            told = step()
            say(f"{step.__name__[1:].replace('_', ' '):<10} {time.monotonic() - begun:4.0f} s  {told}")
        return self.found

    def _rest(self) -> str:
        [cores] = self._cores(lambda: time.sleep(REST_S), rounds=1)
        self.found.idle_cpu = cores
        return f"{cores * 1000:.0f} millicores for probes and scrapes"

    def _alone(self) -> str:
        rounds: list[Sequence[Request]] = []
        cores = self._cores(
            lambda: rounds.append(self.sender.open(ALONE_RPS, ALONE_S, 1, "constant")), rounds=ALONE_ROUNDS
        )
        self.found.alone_s = medians(rounds)
        self.found.alone_cpu_s = max(1e-4, (statistics.fmean(cores) - self.found.idle_cpu) / ALONE_RPS)
        require_narrow("the service time", interval_of_mean(self.found.alone_s))
        return (
            f"{len(self.found.alone_s)} requests {ALONE_ROUNDS} times, mean "
            f"{statistics.fmean(self.found.alone_s) * 1000:.1f} ms, of it CPU {self.found.alone_cpu_s * 1000:.1f} ms"
        )

    def _full(self) -> str:
        def once() -> None:
            answers = self.sender.closed(BATCHED, FULL_REQUESTS, seed=len(self.found.full_rps) + 1)
            ends = sorted(each.answered for each in answers if each.ok and each.answered is not None)
            self.found.full_rps.append((len(ends) - 1 - BATCHED) / (ends[-1] - ends[BATCHED]))

        cores = self._cores(once, FULL_ROUNDS)
        require_narrow("the full rate", Interval.of(self.found.full_rps))
        rate = sum(self.found.full_rps) / FULL_ROUNDS
        used = sum(cores) / len(cores) if cores else self.cpu_limit
        self.found.full_cpu_s = (used - self.found.idle_cpu) / rate
        rates = ", ".join(f"{each:.1f}" for each in self.found.full_rps)
        return f"{rates} requests a second, CPU {self.found.full_cpu_s * 1000:.1f} ms each in batches"

    def _rate(self) -> str:
        """The highest rate that keeps the SLO by the median of its seeds: begun where the model says it is."""
        self.found.steps.clear()
        most = MOST_OF_FULL * sum(self.found.full_rps) / FULL_ROUNDS
        rate, kept = self._guess(most), 0.0
        fails_at = most * (1 + STEP)
        for _ in range(MOST_STEPS):
            rounds, steps, p95 = self._steps(rate)
            self.found.steps += steps
            self.found.stretch = stretch_of(self._alone_model, self.found.steps)
            if p95 * 1000 <= self.card.slo.p95_ms:
                self.found.rps, self.found.p95_s, kept = rate, p95, rate
                self.found.mean_s = statistics.fmean(time for each in rounds for time in times(each))
                rate = min(most, rate * (1 + STEP))
            else:
                fails_at = rate
                rate = min(rate * (1 - STEP), self._guess(most))
            if kept >= most or rate <= kept or (kept and rate >= fails_at * (1 - STEP / 2)):
                break
        if not kept:
            raise Refused(
                f"p95 kept slo.p95_ms ({self.card.slo.p95_ms}) at none of {MOST_STEPS} rates down to {fails_at:.1f} a "
                "second; nothing was written. To fix: end what else uses the machine, or give the card a larger size."
            )
        self.found.fails_at = fails_at
        return (
            f"{self.found.rps:.1f} requests a second with p95 {self.found.p95_s * 1000:.0f} ms, as if each took "
            f"{self.found.stretch:.2f} of its time alone"
        )

    def _together(self) -> str:
        """All replicas at as much each, in turn with one: a machine's pace is another some minutes later."""
        most = self.card.scale.max
        if most == 1:
            return "there is one replica at most"
        steps = self.found.turns
        for seed in TURNS:
            for replicas in (most, 1):
                self.held.at(replicas)
                steps.append(self._step(replicas * self.found.rps * TURNS_AT, seed, replicas)[1])
        at_that_pace = stretched(self._alone_model, self._stretch_in_turns)
        self.found.crowding = crowding_of(at_that_pace, [each for each in steps if each.replicas == most])
        told = ", ".join(f"{each.p95_s * 1000:.0f}" for each in steps)
        return (
            f"p95 {told} ms of {most} and 1 in turn, as if each took {self.found.crowding:.2f} more of its time for "
            "each core that others use"
        )

    def _pace(self) -> str:
        """By all steps; those for the rate once more where the turns tell of another machine: its spells last minutes,
        and in a slow one a replica carried 11.7 requests a second that carried 13.8 before."""
        if not self.found.turns:
            return "there are no turns to tell"
        told, searched, in_turns = "", self.found.stretch, self._stretch_in_turns
        if not one_pace([searched, in_turns]):
            self.found.stretch = in_turns  # where the search begins
            told = f"{searched:.2f} in search of the rate, {in_turns:.2f} in turns, so once more: {self._rate()}; "
            require_one_pace(searched, in_turns, self.found.stretch)
        crowded = replace(self._alone_model, crowding=self.found.crowding)
        self.found.stretch = stretch_of(crowded, [*self.found.steps, *self.found.turns])
        return f"{told}{self.found.stretch:.2f} of its time alone by all steps"

    @cached_property
    def _stretch_in_turns(self) -> float:
        """Of one replica, between those of all. Fitted once: not to be asked for before the turns are done."""
        return stretch_of(self._alone_model, [each for each in self.found.turns if each.replicas == 1])

    @property
    def _alone_model(self) -> Model:
        return alone_of(self.found, self.card, self.cpu_limit)

    def _start(self) -> str:
        self.found.starts_s = self.held.start_s(self.card.scale.max if self.card.scale.max > 1 else 2, START_ROUNDS)
        return f"{max(self.found.starts_s):.0f} s, the slowest of {len(self.found.starts_s)}"

    def _steps(self, rate: float) -> tuple[Sequence[Sequence[Request]], Sequence[Step], float]:
        """One rate on one replica with each seed; what came, and the median p95 in seconds."""
        rounds, steps = zip(*(self._step(rate, seed) for seed in SEEDS), strict=True)
        p95 = percentile([each.p95_s for each in steps], 50) or 0
        say(f"           {rate:5.1f} a second: p95 {p95 * 1000:.0f} ms")
        return rounds, steps, p95

    def _step(self, rate: float, seed: int, replicas: int = 1) -> tuple[Sequence[Request], Step]:
        answers = again_where_refused(lambda: self.sender.open(rate, STEP_S, seed))
        p95 = percentile(_all(answers), 95) or 0
        return answers, Step([each.due for each in answers], p95, self.sender.sizes(seed, len(answers)), replicas)

    def _guess(self, most: float) -> float:
        """The highest rate of which the model says that it would keep the SLO, with the arrivals that it would have."""
        model = model_of(self.found, self.card, self.cpu_limit)
        low, high = most / 8, most
        while high - low > STEP / 4 * most:
            middle = (low + high) / 2
            kept = statistics.median(self._foretold_s(model, middle, seed) for seed in SEEDS)
            low, high = (middle, high) if kept * 1000 <= self.card.slo.p95_ms else (low, middle)
        return low

    def _foretold_s(self, model: Model, rps: float, seed: int) -> float:
        due = steady(rps, STEP_S, seed)
        return foretold_p95_s(model, 1, due, self.sender.sizes(seed, len(due)))

    def _cores(self, work: Callable[[], object], rounds: int) -> list[float]:
        """Mean use during each round of `work`, of those that the kubelet saw twice."""

        def once() -> float | None:
            begin = time.time()
            work()
            return readings.cores(begin, time.time())

        with self.usage() as readings:
            found = [again_where_refused(once) for _ in range(rounds)]
        return [each for each in found if each is not None]


def _all(answers: Sequence[Request]) -> list[float]:
    """Seconds from the moment due; a failure never ends."""
    return [each.latency_ms / 1000 for each in answers]
