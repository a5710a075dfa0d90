"""`python -m loadtests.calibration measure --service embedder`, and `verify`."""

import itertools
import json
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import locust  # noqa: F401  (makes sockets cooperative; once ssl is in use it is too late)
import typer

from components.capacity import FILE, Limits, cores, doubt, load_measurements
from components.card import Card, load_card
from components.planning.queueing import model
from components.processor import processor
from loadtests.calibration import held_out
from loadtests.calibration.again import again_where_refused
from loadtests.calibration.held import Held, held
from loadtests.calibration.measure import Calibration
from loadtests.calibration.point import Point
from loadtests.calibration.record import capacity_of, write
from loadtests.calibration.sending import Sender
from loadtests.calibration.usage import Usage
from loadtests.ledger import Request, percentile
from loadtests.machine import machine, versions
from loadtests.preflight import await_rest, await_service
from loadtests.progress import say
from loadtests.run import FAILED, PASSED, exit_where_refused
from loadtests.target import CHECKOUT, Refused, outputs, target
from loadtests.watcher import Cluster

REST_S = 180.0
"""Until the replicas of an earlier load are gone."""

app = typer.Typer(help="What one replica carries, and whether plans come true.", add_completion=False)
Service = Annotated[str, typer.Option(help="The model service to measure.")]
Stack = Annotated[str, typer.Option(help="The stack whose outputs say where it is.")]
Bentos = Annotated[Path, typer.Option(help="Folder of the cards.")]
Outputs = Annotated[Path | None, typer.Option(help="Read the stack's outputs from this JSON file.")]


@dataclass(frozen=True)
class Bench:
    """A service with nothing else to do."""

    card: Card
    cluster: Cluster
    replicas: Held
    sender: Sender


@contextmanager
def bench(service: str, stack: str, bentos: Path, file: Path | None) -> Iterator[Bench]:
    """Ends the process with a line and exit code 2 where it cannot be; the scaler is put back in any case."""
    for number in (signal.SIGINT, signal.SIGTERM):  # SIGINT too: a shell's background jobs ignore it
        signal.signal(number, signal.default_int_handler)
    with exit_where_refused():
        card = load_card(bentos / service)
        where = target(outputs(stack, file), service)
        cluster = Cluster(where.kubeconfig, where.context)
        await_service(where)
        await_rest(cluster, where, REST_S)
        with held(cluster, where, card) as replicas:
            yield Bench(card, cluster, replicas, Sender(where, float(card.slo.timeout_s)))


@app.command()
def measure(
    service: Service,
    stack: Stack = "local",
    bentos: Bentos = CHECKOUT / "bentos",
    outputs: Outputs = None,
    in_flight: Annotated[int, typer.Option(min=1, help="Requests that a replica may hold, if none is written.")] = 24,
) -> None:
    """Measures one replica, some twenty minutes, and writes it to the Bento's capacity.json.

    Exit 0: written. 2: refused, and nothing was written. 130: interrupted; the scaler is as it was.
    """
    begun = time.monotonic()
    with bench(service, stack, bentos, outputs) as on:
        [pod] = on.replicas.at(1)
        limits = Limits(**pod["spec"]["containers"][0]["resources"]["limits"])
        steps = Calibration(
            on.card, on.sender, on.replicas, lambda: Usage(on.cluster, on.replicas.pods()), cores(limits.cpu)
        )
        if (bentos / service / FILE).exists():
            in_flight = load_measurements(bentos / service, on.card).on(processor(), on.card).in_flight
        fresh = capacity_of(steps.run(), on.card, limits, in_flight)
        file = write(bentos / service, fresh)
    print(json.dumps(fresh.model_dump(mode="json", exclude={"service_time_ms": {"quantiles"}}), indent=2))
    say(f"wrote {file.relative_to(bentos.parent)} after {time.monotonic() - begun:.0f} s. make up takes it into use.")


@app.command()
def verify(
    service: Service,
    stack: Stack = "local",
    bentos: Bentos = CHECKOUT / "bentos",
    outputs: Outputs = None,
    seconds: Annotated[
        float, typer.Option(min=10, help="Of each run, at least: a p95 of few is unsure.")
    ] = held_out.SECONDS,
    reports: Annotated[Path, typer.Option(help="Where the report goes.")] = CHECKOUT / "reports",
) -> None:
    """Runs points that no measurement has seen with the planned replicas, and with one less; over an hour.

    Exit 0: the plan was right. 1: it was not, and the last lines say where. 2: refused.
    """
    with bench(service, stack, bentos, outputs) as on:
        capacity = load_measurements(bentos / service, on.card).on(processor(), on.card)
        if told := doubt(capacity, processor()):
            raise Refused(told)
        found = list(held_out.points(on.card, capacity, seconds, on.sender.sizes))
        expected = held_out.SWEEPS * len(found) + sum(point.replicas > 1 for point in found)
        number = itertools.count(1)
        for sweep in range(held_out.SWEEPS):
            on.replicas.fresh(held_out.MOST)
            for point, replicas in held_out.runs(found, sweep):
                planned = replicas == point.replicas
                run = partial(_as_planned, on, point, capacity.idle_cpu) if planned else partial(_with_fewer, on, point)
                p95_ms = again_where_refused(run)
                foretold = f"{point.p95_ms:.0f}" if planned else f"over {point.promised_ms:.0f}"
                told = f"{replicas} x, {point.rps:4.1f} a second: p95 {p95_ms:.0f} ms, foretold {foretold}"
                say(f"{next(number):2} of some {expected}: {told}")
    pace = held_out.at_its_pace(found, model(on.card, capacity), on.sender.sizes)
    wrong = held_out.shortfalls(found)
    home = reports / service
    home.mkdir(parents=True, exist_ok=True)
    file = home / f"verify-{time.strftime('%Y-%m-%dT%H-%M-%SZ', time.gmtime())}.json"
    told = {"points": [asdict(point) for point in found], "shortfalls": wrong}
    facts = {"capacity": capacity.model_dump(mode="json"), "machine": machine(), "versions": versions()}
    file.write_text(json.dumps(told | facts, indent=1) + "\n")
    print(*found, pace, sep="\n")
    print(*(f"not held: {each}" for each in wrong) if wrong else ["held"], sep="\n")
    raise typer.Exit(FAILED if wrong else PASSED)


def _as_planned(on: Bench, point: Point, idle_cpu: float) -> float:
    """p95 of one run in milliseconds; the point keeps it, and what CPU its requests took."""
    with Usage(on.cluster, on.replicas.at(point.replicas)) as readings:
        begin = time.time()
        p95_ms = _p95_ms(on.sender.open(point.rps, point.seconds, point.seed))
        used = readings.cores(begin, time.time())
    point.seen_ms.append(p95_ms)
    if used is not None:
        point.used.append(used - idle_cpu * point.replicas)
    return p95_ms


def _with_fewer(on: Bench, point: Point) -> float:
    """p95 of one run with one replica less; of what was sent until it was certain to break the promise."""
    on.replicas.at(point.replicas - 1)
    p95_ms = _p95_ms(on.sender.open(point.rps, point.seconds, point.seed, enough=point.give_up))
    point.fewer_ms.append(p95_ms)
    return p95_ms


def _p95_ms(requests: Sequence[Request]) -> float:
    """Endless where more than one in twenty failed."""
    return percentile((each.latency_ms for each in requests), 95) or 0.0


if __name__ == "__main__":
    app()
