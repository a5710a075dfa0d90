"""`python -m loadtests.calibration --service embedder`."""

import json
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from components.capacity import Limits, cores
from components.card import load_card
from loadtests.calibration.held import held
from loadtests.calibration.measure import Calibration
from loadtests.calibration.record import capacity_of, write
from loadtests.calibration.sending import Sender
from loadtests.calibration.usage import Usage
from loadtests.preflight import await_rest, await_service
from loadtests.progress import say
from loadtests.run import REFUSED
from loadtests.target import CHECKOUT, Refused, outputs, target
from loadtests.watcher import Cluster

REST_S = 180.0
"""Until the replicas of an earlier load are gone."""


def calibrate(
    service: Annotated[str, typer.Option(help="The model service to measure.")],
    stack: Annotated[str, typer.Option(help="The stack whose outputs say where it is.")] = "local",
    bentos: Annotated[Path, typer.Option(help="Folder of the cards.")] = CHECKOUT / "bentos",
    given: Annotated[Path | None, typer.Option("--outputs", help="Read the stack's outputs from this file.")] = None,
) -> None:
    """Measures what one replica carries, some eight minutes, and writes it to the Bento's capacity.json.

    Exit 0: written. 2: refused, and nothing was written. 130: interrupted; the scaler is as it was.
    """
    begun = time.monotonic()
    try:
        card = load_card(bentos / service)
        where = target(outputs(stack, given), service)
        cluster = Cluster(where.kubeconfig, where.context)
        await_service(where)
        await_rest(cluster, where, REST_S)
        with held(cluster, where) as replicas:
            [pod] = replicas.at(1)
            limits = Limits(**pod["spec"]["containers"][0]["resources"]["limits"])
            steps = Calibration(
                card,
                Sender(where, float(card.slo.timeout_s)),
                replicas,
                lambda: Usage(cluster, replicas.pods()[0]),
                cores(limits.cpu),
            )
            found = steps.run()
        fresh = capacity_of(found, card, limits)
        file = write(bentos / service, fresh)
    except (Refused, ValueError, OSError) as error:
        say(f"error: {error}")
        sys.exit(REFUSED)
    print(json.dumps(fresh.model_dump(mode="json", exclude={"service_time_ms": {"quantiles"}}), indent=2))
    say(f"wrote {file.relative_to(bentos.parent)} after {time.monotonic() - begun:.0f} s. make up takes it into use.")


if __name__ == "__main__":
    typer.run(calibrate)
