"""Two runs of one service laid over each other: a page, and the clauses' numbers side by side."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from loadtests.overlay import Report, Row, html
from loadtests.page import WORDS
from loadtests.report import SCHEMA


def compared(runs: Sequence[str], home: Path) -> tuple[Path, list[Row]]:
    """Writes the page into `home`/compared and tells its place and rows. `home` holds a service's runs by their time.

    A run is a folder there, or a path; with none given they are the two newest. ValueError: they cannot be compared.
    """
    names = list(runs) or newest(home)
    if len(names) != 2:
        raise ValueError(f"compare: two runs are compared, got {len(names)}. To fix: RUNS='<time> <time>' of {home}.")
    first, second = (read(found(each, home)) for each in names)
    if first["service"] != second["service"]:
        raise ValueError(
            f"compare: {names[0]} is of {first['service']}, {names[1]} of {second['service']}. "
            "To fix: name two runs of one service."
        )
    page = home / "compared" / f"{_time(first)}-{_time(second)}.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    told = rows(first, second)
    page.write_text(html(first, second, told))
    return page, told


def newest(home: Path) -> list[str]:
    """The last two runs, the older one first."""
    return sorted(path.parent.name for path in home.glob("2*/report.json"))[-2:]


def found(run: str, home: Path) -> Path:
    """The report.json of a run."""
    places = [home / run, Path(run)]
    for place in places:
        file = place / "report.json" if place.is_dir() else place
        if file.is_file():
            return file
    known = ", ".join(sorted(path.parent.name for path in home.glob("*/report.json"))) or "none"
    raise ValueError(f"compare: no run {run} in {home}; there are: {known}. To fix: name one, or its report.json.")


def read(file: Path) -> Report:
    """A report of this schema."""
    try:
        report = json.loads(file.read_text())
        schema = report.get("schema")
    except (json.JSONDecodeError, AttributeError):
        raise ValueError(f"{file}: is no report of a load test. To fix: name a report.json.") from None
    if schema != SCHEMA:
        raise ValueError(f"{file}: schema is {schema}, and {SCHEMA} is compared. To fix: run that load again.")
    return report


def rows(first: Report, second: Report) -> list[Row]:
    """The clauses of both verdicts, then other figures."""
    sides = [{clause["name"]: clause for clause in report["verdict"]["clauses"]} for report in (first, second)]
    told = []
    for name in dict.fromkeys([*sides[0], *sides[1]]):
        here = [side.get(name) for side in sides]
        bounds = dict.fromkeys(f"{each['bound']:g}" for each in here if each and each["bound"] is not None)
        a, b = ((WORDS[each["passed"]][1], each["value"]) if each else ("-", None) for each in here)
        unit = next(each["unit"] for each in here if each)
        told.append(Row(name, (a[0], b[0]), (a[1], b[1]), unit, " and ".join(bounds)))
    for name, unit, figure in FIGURES:
        told.append(Row(name, ("", ""), (figure(first), figure(second)), unit, ""))
    return told


FIGURES: Sequence[tuple[str, str, Callable[[Report], float | None]]] = (
    ("sent", "requests", lambda report: report["requests"]["total"]),
    ("failed", "requests", lambda report: report["requests"]["failed"]),
    ("p99 of the run", "ms", lambda report: report["requests"]["latency"]["p99_ms"]),
    ("most ready", "replicas", lambda report: report["replicas"]["max"]),
    ("replica-seconds", "of the oracle's", lambda report: report["replicas"]["beside_oracle"]["ratio"]),
)


def _time(report: Report) -> str:
    return report["started"].split("+")[0].replace(":", "-")
