"""make plan: what a card's load will take, as a table."""

from rich.table import Table

from airgap.errors import SetupError
from airgap.paths import CHECKOUT
from commands.services import stdout
from commands.stages import say
from components.capacity import Capacity, doubt, load_measurements
from components.card import Card, load_card
from components.planning.erlang import response_s
from components.planning.plan import Point, planned_rps, points
from components.processor import processor
from components.validation import InvalidInput

BENTOS = CHECKOUT / "bentos"


def print_plan(service: str) -> None:
    """For this machine, or by the slowest measurement, which is said."""
    folder = BENTOS / service
    if not folder.is_dir():
        known = ", ".join(sorted(path.parent.name for path in BENTOS.glob("*/card.yaml")))
        raise SetupError(f"SERVICE={service}: no folder bentos/{service}; there are: {known}. To fix: choose one.")
    try:
        card = load_card(folder)
        capacity = load_measurements(folder, card).on(here := processor(), card)
    except InvalidInput as error:
        raise SetupError(str(error)) from None
    if told := doubt(capacity, here):
        say(told)
    table = Table("requests/s", "replicas", "with spare", "p95", "by Erlang-C", "used", box=None, pad_edge=False)
    for point in points(card, capacity):
        table.add_row(*_row(point, card, capacity))
    out = stdout()
    out.print(table)
    out.print(
        f"\nOne replica carries {capacity.rps_per_replica:g} requests/s within p95 {card.slo.p95_ms} ms, "
        f"{capacity.response_ms:g} ms on average. The scaler keeps it at {planned_rps(card, capacity):.3g}, "
        f"{card.scale.spare:.0%} to spare.\nThe replicas are {card.scale.min} to {card.scale.max}; a new one starts "
        f"within {capacity.start_s:g} s."
    )


def _row(point: Point, card: Card, capacity: Capacity) -> tuple[str, ...]:
    enough = str(point.needed) if point.needed else f"over {card.scale.max}"
    textbook = response_s(point.asked, point.rps, 1 / capacity.full_rps)
    return (
        f"{point.rps:g}",
        enough,
        str(point.asked),
        f"{point.p95_ms:.0f} ms",
        f"{textbook * 1000:.0f} ms",
        f"{point.utilisation:.0%}",
    )
