"""A service's autoscaler over a load, second by second, with no request sent: a row a period, and the oracle."""

import csv
import json
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import plotly.graph_objects as go
from rich.console import Console
from rich.table import Table

from components.capacity import Capacity, load_measurements
from components.card import Card, load_card
from components.planning.simulation import Simulation, simulate, turns
from components.processor import processor
from components.service.scaling import scaled_object_spec
from loadtests import traces
from loadtests.progress import say
from loadtests.shapes import Load

MOST_POINTS = 5000
"""Of a line that is drawn."""

Series = Mapping[str, Sequence[float]]
"""Curves by name, one value a second."""


def simulated(
    folder: Path, reports: Path, trace: Path | None, shape: str | None, pods: int | None, periods: Sequence[float]
) -> None:
    """Prints the table, and leaves series.csv, summary.json and replicas.html in reports/<service>/simulated/<time>/.

    ValueError where card or trace is wrong.
    """
    card = load_card(folder)
    capacity = load_measurements(folder, card).on(processor(), card)
    rates = traces.rates(trace) if trace else card_rates(card, shape)
    if pods:
        card, rates = grown(card, capacity, rates, pods)
    spec = scaled_object_spec(card, capacity, prometheus="")
    found = []
    for sync_s in periods:
        begin = time.monotonic()
        found.append(simulate(rates, spec, card, capacity, sync_s))
        say(f"{len(rates)} s of load with a look each {sync_s:g} s: {time.monotonic() - begin:.1f} s")
    source = str(trace) if trace else f"the card's {shape or card.load.shape}"
    print_table(found, f"{card.name}: {source}, {min(rates):.1f} to {max(rates):.1f} requests per second")
    home = reports / card.name / "simulated" / datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    write(home, found)
    say(f"wrote {home / 'replicas.html'}")


def card_rates(card: Card, shape: str | None) -> list[float]:
    """The card's own load, or its rates in another shape."""
    load = Load(card, shape)
    return [load.offered(second + 0.5) for second in range(int(load.seconds))]


def grown(card: Card, capacity: Capacity, rates: Sequence[float], pods: int) -> tuple[Card, list[float]]:
    """The load so many times over that its peak takes `pods` replicas, and the card of a service that may have them."""
    if not max(rates):
        raise ValueError("--pods: the trace offers nothing. To fix: give one that does.")
    carrying = max(1, pods - card.scale.standby)
    times = carrying * capacity.rps_per_replica / (1 + card.scale.spare) / max(rates)
    load = card.load.model_copy(update={"base_rps": card.load.base_rps * times, "peak_rps": card.load.peak_rps * times})
    scale = card.scale.model_copy(
        update={"min": min(card.scale.min, carrying), "max": pods, "standby": pods - carrying}
    )
    return card.model_copy(update={"load": load, "scale": scale}), [rate * times for rate in rates]


def print_table(found: Sequence[Simulation], title: str) -> None:
    columns = ("look each", "most", "ready", "replica-s", "of oracle", "s short", "queue", "turns")
    table = Table(*columns, box=None, pad_edge=False, title=title, title_justify="left")
    for each in found:
        row = _summary(each)
        table.add_row(f"{each.sync_s:g} s", *(f"{value}" for value in list(row.values())[1:]))
    oracle = found[0].oracle
    table.add_row("oracle", f"{max(oracle)}", "", f"{sum(oracle)}", "1", "", "", f"{turns(oracle)}")
    Console(highlight=False).print(table)


def write(home: Path, found: Sequence[Simulation]) -> None:
    home.mkdir(parents=True)
    series = _series(found)
    with (home / "series.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(series)
        rows.writerows(zip(*series.values(), strict=True))
    (home / "summary.json").write_text(json.dumps([_summary(each) for each in found], indent=1) + "\n")
    figure(series).write_html(home / "replicas.html", include_plotlyjs=True)


def figure(series: Series) -> go.Figure:
    """Replicas above, the load below."""
    every = -(-len(series["second"]) // MOST_POINTS)
    chart = go.Figure()
    for name, values in series.items():
        if name != "second":
            axis, dash = (
                ("y2", "solid") if name == "offered" else ("y", "dot" if name.startswith("desired") else "solid")
            )
            chart.add_scatter(
                x=series["second"][::every],
                y=values[::every],
                name=name,
                yaxis=axis,
                line={"shape": "hv", "dash": dash},
            )
    chart.update_layout(
        hovermode="x unified",
        xaxis={"title": "second"},
        yaxis={"title": "replicas", "domain": (0.36, 1), "rangemode": "tozero"},
        yaxis2={"title": "requests per second", "domain": (0, 0.3), "anchor": "x", "rangemode": "tozero"},
    )
    return chart


def _series(found: Sequence[Simulation]) -> Series:
    first = found[0]
    series: dict[str, Sequence[float]] = {
        "second": list(range(len(first.offered))),
        "offered": first.offered,
        "oracle": first.oracle,
    }
    for each in found:
        series[f"desired, {each.sync_s:g} s"] = [moment.desired for moment in each.moments]
        series[f"ready, {each.sync_s:g} s"] = [moment.ready for moment in each.moments]
    return series


def _summary(each: Simulation) -> dict[str, float]:
    return {
        "sync_s": each.sync_s,
        "most": max(moment.desired for moment in each.moments),
        "most_ready": max(moment.ready for moment in each.moments),
        "replica_seconds": each.replica_seconds,
        "of_oracle": round(each.of_oracle, 3),
        "seconds_short": each.seconds_short,
        "longest_queue": round(max(moment.backlog for moment in each.moments)),
        "turns": each.turns,
    }
