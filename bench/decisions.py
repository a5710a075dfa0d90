"""How soon a thousand autoscalers answer a step of their metric, and how far our simulation of them is from it.

`python -m bench.decisions` makes the fleet (fleet.py), steps its metrics, and does so again with what the controller
manager may ask of the API server on our node, and by Kubernetes' default.
"""

import contextlib
import json
import os
import platform
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from airgap.errors import SetupError
from bench.answers import IDLE, SYNC_S, Answers, all_simulated, period_s, steps
from bench.fleet import LEAST, NO_LIMIT, Fleet, Plane
from bench.run import REPORT
from commands.stages import report, say

WATCHED_S = 12
"""Long enough to see how often the autoscalers are looked at."""
STEP_S = 150
"""The longest that a step may take."""


class Limit(StrEnum):
    """Of the controller manager's requests."""

    unlimited = "unlimited"
    node = "node"
    default = "default"


@dataclass(frozen=True)
class Arm:
    limit: Limit
    requests_a_second: int
    """Of each client of the controller manager: --kube-api-qps."""
    batches: int
    """In which the fleet is stepped up, one after the other: the pods of all at once would be what is timed."""


ARMS = (Arm(Limit.unlimited, NO_LIMIT, 10), Arm(Limit.node, 100, 5), Arm(Limit.default, 20, 1))


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Of one arm."""

    arm: Arm
    period_s: float
    """Between two looks at an autoscaler, as seen at rest; what is simulated of the steps takes it for given."""
    simulated_period_s: float
    up: Answers
    down: Answers
    """To one replica, all at once."""

    def __str__(self) -> str:
        return (
            f"{self.arm.limit}, {self.arm.requests_a_second} requests a second: "
            f"a look each {self.period_s:.1f} s ({self.simulated_period_s:.1f})\n"
            f"  up: {self.up}\n  down: {self.down}"
        )


def measure(fleet: Fleet, arm: Arm) -> Measured:
    """Steps the whole fleet up, batch by batch, and down."""
    fleet.plane.restart_controllers(SYNC_S, arm.requests_a_second)
    _await_looks(fleet)
    said, seen = period_s(fleet.count, arm.requests_a_second), _looked_at_each(fleet)
    report(f"{arm.limit}: a look each {seen:.1f} s ({said:.1f})")
    found = Measured(arm=arm, period_s=seen, simulated_period_s=said, up=Answers(), down=Answers())
    chance, totals = random.Random(arm.limit), steps(fleet.count)  # noqa: S311
    for batch in range(arm.batches):
        # The looks come in step with each other: where in their period the metrics change is left to chance.
        time.sleep(chance.uniform(0, SYNC_S))
        step(fleet, {number: totals[number] for number in range(batch, fleet.count, arm.batches)}, seen, found.up)
        report(f"{arm.limit}: batch {batch + 1} of {arm.batches}: {found.up}")
    step(fleet, dict.fromkeys(range(fleet.count), IDLE), seen, found.down)
    return found


def step(fleet: Fleet, totals: Mapping[int, float], looked_at_each_s: float, answers: Answers) -> None:
    """Steps the metrics of these Deployments, by number, and adds how they answered."""
    before = list(fleet.desired)
    told = all_simulated(list(totals.values()), [before[number] for number in totals], looked_at_each_s)
    said = dict(zip(totals, told, strict=True))
    begin = time.monotonic()
    fleet.plane.values.feed(totals)
    fleet.await_([said[i].replicas if i in said else count for i, count in enumerate(before)], STEP_S)
    for number, each in said.items():
        if not fleet.desired[number] == fleet.ready[number] == each.replicas:
            answers.wrong += 1
        elif each.replicas != before[number]:
            answers.add(fleet.desired_at[number] - begin, fleet.ready_at[number] - begin, each)


def _await_looks(fleet: Fleet) -> None:
    """Until as many looks were taken as there are autoscalers."""
    values = fleet.plane.values
    until, deadline = values.asked + fleet.count, time.monotonic() + STEP_S
    while values.asked < until and time.monotonic() < deadline:
        time.sleep(0.2)


def _looked_at_each(fleet: Fleet) -> float:
    values = fleet.plane.values
    before, begin = values.asked, time.monotonic()
    time.sleep(WATCHED_S)
    return fleet.count * (time.monotonic() - begin) / max(1.0, values.asked - before)


@contextlib.contextmanager
def running(count: int) -> Iterator[Fleet]:
    """A fleet at rest; nothing of it is left afterwards."""
    with tempfile.TemporaryDirectory(prefix="tradewind-decisions-") as folder:
        plane = Plane(Path(folder), count)
        plane.values.feed(dict.fromkeys(range(count), IDLE))
        try:
            begin = time.monotonic()
            plane.start()
            plane.restart_controllers(SYNC_S, NO_LIMIT)
            fleet = Fleet(plane, count)
            fleet.make()
            with fleet.heard():
                if not fleet.await_([LEAST] * count, STEP_S):
                    raise SetupError(
                        f"bench: {count} Deployments were not ready after {STEP_S} s. To fix: see --count."
                    )
                report(f"{count} Deployments ready after {time.monotonic() - begin:.0f} s")
                yield fleet
        finally:
            plane.stop()


def run(count: int, arms: Sequence[Arm]) -> int:
    """Lines for each arm, and all of it in reports/bench/; 1 where a Deployment got other replicas than simulated."""
    with running(count) as fleet:
        found = [measure(fleet, arm) for arm in arms]
    for each in found:
        print(each)
    report(f"wrote {_written(count, found)}")
    return any(each.up.wrong or each.down.wrong for each in found)


def _written(count: int, found: Sequence[Measured]) -> str:
    REPORT.mkdir(parents=True, exist_ok=True)
    file = REPORT / f"decisions-{time.strftime('%Y%m%dT%H%M%S')}.json"
    machine = {"cpus": os.cpu_count(), "machine": platform.machine(), "python": platform.python_version()}
    arms = [asdict(each) for each in found]
    file.write_text(json.dumps({"machine": machine, "count": count, "sync_s": SYNC_S, "arms": arms}, indent=1))
    return str(file)


def main(
    count: Annotated[int, typer.Option(min=10, max=2000, help="Deployments.")] = 1000,
    arm: Annotated[list[Limit] | None, typer.Option(help="Only this one; may be repeated.")] = None,
) -> None:
    """How soon so many autoscalers decide on a step of their metrics, beside what the simulation says.

    Exit 0: all got the replicas that were simulated, 1: some did not, or the fleet did not come up, 130: interrupted.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(run(count, [each for each in ARMS if not arm or each.limit in arm]))
    except SetupError as error:
        say(str(error))
        sys.exit(1)


if __name__ == "__main__":
    typer.run(main)
