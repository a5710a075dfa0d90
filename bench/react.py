"""How soon a step of three times the load is met, by five autoscalers in turn: `python -m bench.react`.

Wants the built node with the stack up (`make up`, then `eval "$(make -s env)"`), and the machine to itself. Each run is
a load test of its own; its report says what became of the step.
"""

import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from airgap.errors import SetupError
from airgap.paths import CHECKOUT
from bench.reaction import NOT_HELD, reaction, told
from bench.scalers import Place, scalers
from commands.stages import report
from components.capacity import Capacity, Measurements, load_measurements
from components.card import Card, load_card
from components.planning import SCHEDULE_S
from components.planning.oracle import least_replicas, needed
from components.processor import processor
from loadtests.run import FAILED, NOT_JUDGED, PASSED
from loadtests.target import outputs, target

BASE_SHARE = 0.7
"""Of one replica's capacity: a step of three takes three replicas with the spare or without it, since a load on the
edge would tell of the spare and not of the reaction. At 0.5 one kept the SLO for seconds at a time."""
STEP = 3
REPORTS = CHECKOUT / "reports" / "react"


def run(
    arms: Annotated[str, typer.Option(help="Which, with commas; all of them by default.")] = "",
    rounds: Annotated[int, typer.Option(min=1)] = 1,
    seed: Annotated[int, typer.Option(help="Of the first round; the next have the next.")] = 1,
    bentos: Annotated[Path, typer.Option(help="Folder of the card and its capacity.")] = CHECKOUT / "bentos",
    service: str = "embedder",
    summary: Annotated[bool, typer.Option(help="Only tell what the runs so far showed.")] = False,
) -> None:
    """Each round runs each arm once, in an order of its own; the runs of earlier calls count too.

    Exit 1: what is promised of ours does not hold.
    """
    record = REPORTS / "runs.jsonl"
    if not summary:
        card, capacity = stepped(bentos / service)
        rates = f"{card.load.base_rps:g} to {card.load.peak_rps:g} requests/s"
        report(f"{rates}, {card.scale.min} to {card.scale.max} replicas, one carries {capacity.rps_per_replica:g}")
        stack = outputs("local")
        place = Place(target(stack, service).namespace, service)
        there = scalers(card, capacity, place.prometheus)
        chosen = arms.split(",") if arms else list(there)
        with place.restored():
            for each in range(seed, seed + rounds):
                for arm in random.Random(each).sample(chosen, len(chosen)):  # noqa: S311
                    place.put(there[arm])
                    # What the load test waits for before it begins, and calls the service's own rest.
                    stack["services"][service]["replicas"]["min"] = there[arm].least
                    ran = loaded(card, capacity, each, stack)
                    line = {"arm": arm, "seed": each, "machine": machine(), **measured(ran, card, capacity)}
                    REPORTS.mkdir(parents=True, exist_ok=True)
                    with record.open("a") as file:
                        file.write(json.dumps(line) + "\n")
                    report(f"{arm}: {line}")
    shown = list(told([json.loads(line) for line in record.read_text().splitlines()]))
    print("\n".join(shown))
    raise typer.Exit(FAILED if any(NOT_HELD in line for line in shown) else PASSED)


def stepped(bento: Path) -> tuple[Card, Capacity]:
    """The service's card with the step for its load."""
    card = load_card(bento)
    capacity = load_measurements(bento, card).on(processor(), card)
    base = round(capacity.rps_per_replica * BASE_SHARE, 1)
    load = card.load.model_copy(update={"base_rps": base, "peak_rps": base * STEP, "shape": "spike"})
    return card.model_copy(update={"load": load}), capacity


def loaded(card: Card, capacity: Capacity, seed: int, stack: Mapping[str, Any]) -> dict[str, Any]:
    """report.json of a load test of this card on what the stack's outputs name."""
    latest = REPORTS / card.name / "latest"
    latest.unlink(missing_ok=True)  # a run that leaves no report would else count the one before it again
    with tempfile.TemporaryDirectory() as folder:
        bento = Path(folder) / card.name
        bento.mkdir()
        (bento / "card.yaml").write_text(yaml.safe_dump(card.model_dump(mode="json")))
        (bento / "capacity.json").write_text(Measurements(measurements=[capacity]).model_dump_json())
        (bento / "outputs.json").write_text(json.dumps(stack))
        options = ["--service", card.name, "--seed", str(seed), "--bentos", folder, "--reports", str(REPORTS)]
        options += ["--shape", "step", "--outputs", str(bento / "outputs.json")]
        command = ["-m", "locust", "-f", "loadtests/locustfile.py", "--headless", *options]
        ended = subprocess.run([sys.executable, *command], cwd=CHECKOUT, stdout=subprocess.DEVNULL)
    if ended.returncode not in (PASSED, FAILED, NOT_JUDGED):
        raise SystemExit(ended.returncode)
    if not latest.exists():
        raise SetupError(
            "bench: the load test left no report and is not counted. To fix: what its lines above tell, then run again"
        )
    return json.loads((latest / "report.json").read_text())


def measured(ran: Mapping[str, Any], card: Card, capacity: Capacity) -> dict[str, Any]:
    """The reaction, and its replica-seconds in those of an oracle that orders in time what carries the load."""
    seen = reaction(ran)
    offered = ran["series"]["offered"][: next(int(p["end"]) for p in ran["load"]["phases"] if p["name"] == "plateau")]
    needs = needed(offered, capacity, card.scale.min, card.scale.max)
    ideal = sum(least_replicas(needs, SCHEDULE_S + capacity.start_s))
    return {**asdict(seen), "of_oracle": round(seen.replica_seconds / ideal, 3)}


def machine() -> dict[str, Any]:
    return {"cpus": os.cpu_count(), "machine": platform.machine(), "at": time.strftime("%Y-%m-%dT%H:%M:%S")}


if __name__ == "__main__":
    typer.run(run)
