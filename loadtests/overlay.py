"""The page of a comparison: two reports of one service over one time axis."""

import html as escape
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loadtests.drawing import Curve, Panel
from loadtests.page import drawn, facts, paragraph, whole
from loadtests.panels import CEILING

Report = Mapping[str, Any]

STYLES = ("blue", "orange dashed")
"""Of the first run and the second."""

ALIKE: Mapping[str, Callable[[Report], object]] = {
    "shape": lambda report: report["load"]["shape"],
    "peak, requests per second": lambda report: report["card"]["load"]["peak_rps"],
    "seed": lambda report: report["seed"],
    "sabotage": lambda report: report["sabotage"] or "none",
    "image": lambda report: report["image"],
    "one replica, requests per second": lambda report: report["capacity"]["rps_per_replica"],
    "processor": lambda report: report["machine"]["cpu"],
    "commit": lambda report: report["versions"]["commit"],
}
"""What two runs had better share, or a difference may be its doing."""


@dataclass(frozen=True)
class Row:
    """A number of both runs."""

    name: str
    words: tuple[str, str]
    """What each verdict said."""
    values: tuple[float | None, float | None]
    unit: str
    bound: str

    @property
    def difference(self) -> float | None:
        first, second = self.values
        return None if first is None or second is None else second - first


def html(first: Report, second: Report, rows: Sequence[Row]) -> str:
    """The page of two reports, which are of one schema and one service."""
    names = _names(first, second)
    seconds = max(len(report["series"]["second"]) for report in (first, second))
    differ = {name: (str(of(first)), str(of(second))) for name, of in ALIKE.items() if of(first) != of(second)}
    notes = [paragraph(f"Not alike in {name}: {a}, then {b}.") for name, (a, b) in differ.items()]
    body = [
        f"<header><h1>{escape.escape(first['service'])}: two runs</h1></header>",
        facts({f"{style.split()[0]}, {name}": _outcome(report) for style, name, report in
               zip(STYLES, names, (first, second), strict=True)}),
        *notes,
        _table(rows, names),
        "<h2>Load, latency and replicas</h2>",
        drawn("both", _told(first, second, names), _panels(first, second, names), seconds, first["load"]["phases"]),
    ]  # fmt: skip
    return whole(f"{first['service']}: {' and '.join(names)}", body)


def _panels(first: Report, second: Report, names: Sequence[str]) -> list[Panel]:
    sides = list(zip(STYLES, names, (first, second), strict=True))
    p95_ms = first["card"]["slo"]["p95_ms"]

    def curves(key: str, word: str, *, step: bool = False, more: str = "") -> list[Curve]:
        return [
            Curve(name=f"{word}, {name}", values=report["series"][key], style=f"{style}{more}", step=step)
            for style, name, report in sides
        ]

    return [
        Panel(label="served per second", curves=curves("answered", "served")),
        Panel(
            label="p95, ms",
            curves=curves("p95_ms", "p95"),
            level=(p95_ms, f"SLO: p95 {p95_ms} ms", "red"),
            ceiling=CEILING * p95_ms,
        ),
        Panel(label="replicas desired", curves=curves("desired", "desired", step=True), height=110),
        Panel(label="replicas ready", curves=curves("ready", "ready", step=True, more=" thick"), height=110),
    ]


def _table(told: Sequence[Row], names: Sequence[str]) -> str:
    heads = "".join(
        f'<th scope="col">{escape.escape(head)}</th>' for head in ("", *names, "difference", "at most", "unit")
    )
    lines = []
    for row in told:
        cells = [*(_cell(word, value) for word, value in zip(row.words, row.values, strict=True))]
        cells += [signed(row.difference), row.bound, row.unit]
        lines.append(f'<tr><th scope="row">{row.name}</th>' + "".join(f"<td>{each}</td>" for each in cells) + "</tr>")
    table = f'<table class="numbers"><thead><tr>{heads}</tr></thead>\n<tbody>\n' + "\n".join(lines)
    return f'<div class="wide">{table}\n</tbody></table></div>'


def _cell(word: str, value: float | None) -> str:
    return " ".join(part for part in (word, "" if value is None else f"{value:,.4g}") if part) or "-"


def _outcome(report: Report) -> str:
    verdict = report["verdict"]
    word = "passed" if verdict["passed"] else f"failed: {', '.join(verdict['failing'])}"
    return word if verdict["judged"] else f"void: {verdict['obstacles'][0]}"


def _told(first: Report, second: Report, names: Sequence[str]) -> str:
    return "; ".join(
        f"{name}: {report['requests']['total']} requests, {report['requests']['failed']} failed, at most "
        f"{report['replicas']['max']} replicas"
        for name, report in zip(names, (first, second), strict=True)
    )


def _names(first: Report, second: Report) -> list[str]:
    """Times of day, with the day where that is needed to tell them apart."""
    days, times = zip(*(report["started"].split("+")[0].split("T") for report in (first, second)), strict=True)
    return list(times) if days[0] == days[1] else [f"{day} {time}" for day, time in zip(days, times, strict=True)]


def signed(difference: float | None) -> str:
    return "-" if difference is None else "same" if not round(difference, 6) else f"{difference:+,.4g}"
