"""What a run is about: known before it begins, and alike in every process that sends a part of it."""

import contextlib
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from components.capacity import Capacity, load_measurements, predicted_replicas
from components.card import Card, load_card
from components.planning.plan import planned_rps
from components.processor import processor
from loadtests.arrivals import gaps, moments
from loadtests.corpus import Corpus
from loadtests.progress import say
from loadtests.shapes import Load
from loadtests.target import CHECKOUT, Refused, outputs, target

FULL = "full"
"""A peak that takes all replicas of scale.max here, the last one half. Cards name rates, and machines differ."""

PASSED, FAILED, REFUSED, NOT_JUDGED, INTERRUPTED = 0, 1, 2, 3, 130


@dataclass(frozen=True, kw_only=True)
class Options:
    """The parameters of locustfile.py."""

    service: str
    stack: str = "local"
    seed: int = 1
    shape: str | None = None
    """None: the card's."""
    peak: str | None = None
    """Requests per second, or FULL; None: the card's, and FULL for a control."""
    arrivals: str = "poisson"
    sabotage: str | None = None
    bentos: Path = CHECKOUT / "bentos"
    outputs: Path | None = None
    reports: Path = CHECKOUT / "reports"


class Run:
    """A service, its card, and all arrivals; ValueError where that cannot be."""

    def __init__(self, options: Options):
        folder = options.bentos / options.service
        if not folder.is_dir():
            known = ", ".join(sorted(p.parent.name for p in options.bentos.glob("*/card.yaml"))) or "none"
            raise Refused(f"--service {options.service}: no folder {folder}; there are: {known}. To fix: choose one.")
        self.options = options
        card = load_card(folder)
        self.capacity = load_measurements(folder, card).on(processor(), card)
        peak = options.peak or (FULL if options.sabotage else None)  # a control needs a load that takes every replica
        self.card = at_peak(card, peak, self.capacity) if peak else card
        self.load = Load(self.card, options.shape, self.capacity.rps_per_replica * self.card.scale.max)
        self.moments = moments(self.load.stretches, gaps(options.arrivals, options.seed))
        self.requests = Corpus(self.card.name).draw(options.seed, len(self.moments))
        self.target = target(outputs(options.stack, options.outputs), options.service)

    def predict(self, rps: float) -> int:
        """Replicas for an offered rate."""
        return predicted_replicas(self.card, self.capacity, rps)


def at_peak(card: Card, peak: str, capacity: Capacity) -> Card:
    """The card with another load.peak_rps, Refused where `peak` says none."""
    if peak == FULL:
        rps = round(planned_rps(card, capacity) * (card.scale.max - 0.5), 1)
    else:
        try:
            rps = float(peak)
        except ValueError:
            raise Refused(f"--peak {peak}: no rate. To fix: requests per second, as in 40, or {FULL}.") from None
    if not card.load.base_rps <= rps < math.inf:
        raise Refused(
            f"--peak {peak}: {rps:g} is below load.base_rps ({card.load.base_rps:g}). To fix: more than that."
        )
    return card.model_copy(update={"load": card.load.model_copy(update={"peak_rps": rps})})


@contextlib.contextmanager
def exit_where_refused() -> Iterator[None]:
    """Ends the process with one line on stderr and exit code 2 where what is inside cannot be."""
    try:
        yield
    except (ValueError, OSError) as error:
        with contextlib.suppress(OSError):
            say(f"error: {error}")
        sys.exit(REFUSED)
