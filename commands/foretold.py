"""make plan: what a card's load will take, as a table."""

import os

import psutil
from rich.table import Table

from airgap.errors import SetupError
from airgap.paths import CHECKOUT
from commands.services import stdout
from commands.stages import say
from components.capacity import Capacity, doubt, load_measurements
from components.card import Card, load_card
from components.planning.erlang import response_s
from components.planning.nodes import Room, node, nodes
from components.planning.plan import Point, planned_rps, points
from components.platforms.local import SIZES
from components.processor import processor
from components.validation import InvalidInput
from costs.quantity import GIB, quantity

BENTOS = CHECKOUT / "bentos"


def print_plan(service: str, of: str | None) -> None:
    """For this machine, or by the slowest measurement, which is said; for its node, or one of CORESxGIB."""
    folder = BENTOS / service
    if not folder.is_dir():
        known = ", ".join(sorted(path.parent.name for path in BENTOS.glob("*/card.yaml")))
        raise SetupError(f"SERVICE={service}: no folder bentos/{service}; there are: {known}. To fix: choose one.")
    try:
        card = load_card(folder)
        capacity = load_measurements(folder, card).on(here := processor(), card)
        holds = node(of) if of else this_node()
        rows = [_row(point, card, capacity, holds) for point in points(card, capacity)]
    except InvalidInput as error:
        raise SetupError(str(error)) from None
    if told := doubt(capacity, here):
        say(told)
    columns = ("requests/s", "replicas", "with spare", "nodes", "p95", "by Erlang-C", "used")
    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row)
    out = stdout()
    out.print(table)
    out.print(
        f"\nOne replica carries {capacity.rps_per_replica:g} requests/s within p95 {card.slo.p95_ms} ms, "
        f"{capacity.response_ms:g} ms on average. The scaler keeps it at {planned_rps(card, capacity):.3g}, "
        f"{card.scale.spare:.0%} to spare.\nThe replicas are {card.scale.min} to {card.scale.max}; a new one starts "
        f"within {capacity.start_s:g} s. One requests {requested(card)}; a node has {holds}."
    )


def this_node() -> Room:
    """The built node, which is this machine."""
    return Room(os.cpu_count() or 1, round(psutil.virtual_memory().total / GIB, 1))


def requested(card: Card) -> Room:
    """By a replica on the built node."""
    size = SIZES[card.size]
    return Room(quantity(size.cpu_request) or 0.0, (quantity(size.memory_request) or 0.0) / GIB)


def _row(point: Point, card: Card, capacity: Capacity, holds: Room) -> tuple[str, ...]:
    enough = str(point.needed) if point.needed else f"over {card.scale.max}"
    textbook = response_s(point.asked, point.rps, 1 / capacity.full_rps)
    return (
        f"{point.rps:g}",
        enough,
        str(point.asked),
        str(nodes(point.asked, requested(card), holds)),
        f"{point.p95_ms:.0f} ms",
        f"{textbook * 1000:.0f} ms",
        f"{point.utilisation:.0%}",
    )
