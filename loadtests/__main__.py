"""`python -m loadtests run --service embedder`: Locust, started with the parameters that a headless run wants."""

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from airgap.node.layout import SCALER_SYNC_S
from components.planning import DEFAULT_SYNC_S

CHECKOUT = Path(__file__).parents[1]
LOCUSTFILE = Path(__file__).with_name("locustfile.py")
PERIODS = (SCALER_SYNC_S, DEFAULT_SYNC_S)
"""Of the built node's autoscaler, and of everybody else's."""

app = typer.Typer(help="Load tests of model services.", no_args_is_help=True, add_completion=False)


class Sabotage(StrEnum):
    no_scaler = "no-scaler"
    wrong_metric = "wrong-metric"
    target_x10 = "target-x10"
    slow_start = "slow-start"
    garbage = "garbage"
    slow_generator = "slow-generator"


class Shape(StrEnum):
    steady = "steady"
    swell = "swell"
    spike = "spike"
    diurnal = "diurnal"
    overload = "overload"
    step = "step"


@app.callback()
def commands() -> None:
    """Keeps `run` a command of its own: typer would fold a single one into the program."""


@app.command()
def run(
    service: Annotated[str, typer.Option(help="The model service to test.")],
    sabotage: Annotated[Sabotage | None, typer.Option(help="A control: break this; the run must fail.")] = None,
    shape: Annotated[Shape | None, typer.Option(help="Another than the card's.")] = None,
    peak: Annotated[str | None, typer.Option(help="Another than the card's: requests per second, or full.")] = None,
    arrivals: Annotated[str, typer.Option(help="poisson, constant, or a CSV of recorded seconds.")] = "poisson",
    seed: Annotated[int, typer.Option(help="The same seed sends the same texts at the same moments.")] = 1,
    processes: Annotated[int, typer.Option(min=1, max=64, help="Share the sending among so many.")] = 1,
    stack: Annotated[str, typer.Option(help="The stack whose outputs say where the service is.")] = "local",
    outputs: Annotated[Path | None, typer.Option(help="Read the stack's outputs from this JSON file.")] = None,
    reports: Annotated[Path | None, typer.Option(help="Where reports go.")] = None,
) -> None:
    """Loads a service as its card says, watches it scale, and judges.

    Exit 0: passed, 1: failed, 2: refused, 3: cannot be judged, 130: interrupted.
    """
    command = ["-f", str(LOCUSTFILE), "--headless", "--service", service, "--seed", str(seed), "--stack", stack]
    command += ["--arrivals", arrivals]
    command += ["--shape", shape.value] if shape else []
    command += ["--peak", peak] if peak else []
    command += ["--processes", str(processes)] if processes > 1 else []
    command += ["--sabotage", sabotage.value] if sabotage else []
    command += ["--outputs", str(outputs)] if outputs else []
    command += ["--reports", str(reports)] if reports else []
    # Locust takes this process's place: signals and the exit code are its own, with nobody in between.
    os.execv(sys.executable, [sys.executable, "-m", "locust", *command])  # noqa: S606


@app.command()
def simulate(
    service: Annotated[str, typer.Option(help="The model service whose card and capacity are taken.")],
    trace: Annotated[
        Path | None, typer.Option(help="A CSV of rates (heading second,rps) or of arrivals, one's second a row.")
    ] = None,
    shape: Annotated[Shape | None, typer.Option(help="Without a trace: another than the card's.")] = None,
    pods: Annotated[int | None, typer.Option(min=1, max=100_000, help="Grow the load to so many at its peak.")] = None,
    sync: Annotated[
        list[float] | None,
        typer.Option(min=0.25, max=3600, help="Seconds between looks of the autoscaler; repeatable."),
    ] = None,
    reports: Annotated[Path, typer.Option(help="Where reports go.")] = CHECKOUT / "reports",
) -> None:
    """Tells what the service's autoscaler would do over a load, beside the least replicas that could meet it.

    Exit 0: told, 2: refused.
    """
    from loadtests.run import exit_where_refused  # what `run` does not need, and Locust imports for itself
    from loadtests.simulation import simulated

    with exit_where_refused():
        simulated(CHECKOUT / "bentos" / service, reports, trace, shape, pods, sync or PERIODS)


@app.command()
def compare(
    runs: Annotated[
        list[str] | None, typer.Argument(help="Two runs: their times, or paths; none: the two newest.")
    ] = None,
    service: Annotated[str, typer.Option(help="The model service whose runs they are.")] = "embedder",
    reports: Annotated[Path, typer.Option(help="Where the runs' reports are.")] = CHECKOUT / "reports",
) -> None:
    """Lays two runs of one service over each other: a page, and the clauses' numbers on stdout.

    Exit 0: told, 2: refused.
    """
    from loadtests.compare import compared
    from loadtests.overlay import signed
    from loadtests.run import exit_where_refused

    with exit_where_refused():
        page, rows = compared(runs or [], reports / service)
        for row in rows:
            first, second = ("-" if value is None else f"{value:,.4g}" for value in row.values)
            print(f"{row.name:<16} {first:>9} {second:>9}  {signed(row.difference):>9} {row.unit}")
        print(f"compared: {page}")


if __name__ == "__main__":
    app()
