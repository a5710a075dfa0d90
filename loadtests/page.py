"""report.html, drawn from report.json alone: one file, no network, one time axis."""

import html as escape
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

from loadtests.drawing import Panel, chart
from loadtests.panels import panels
from loadtests.paths import LEFT, RIGHT, WIDTH
from loadtests.timeline import timeline

TEMPLATE = Path(__file__).with_name("page.html")

WORDS: Mapping[bool | None, tuple[str, str]] = {
    True: ("pass", "\N{CHECK MARK} pass"),
    False: ("fail", "\N{BALLOT X} fail"),
    None: ("void", "\N{EN DASH} not judged"),
}
"""Of a clause: its colour, and its words, since a colour alone tells some readers nothing."""


def html(report: Mapping[str, Any]) -> str:
    """The page of one report.json."""
    verdict, service = report["verdict"], report["service"]
    word, kind = _outcome(verdict)
    shown, seconds = panels(report), len(report["series"]["second"])
    body = [
        _heading(service, word, kind, _headline(report)),
        *_notes(report),
        _tiles(report),
        clause_table(verdict["clauses"]),
        "<h2>Load, latency and replicas</h2>",
        drawn("run", _told(report), shown, seconds, report["load"]["phases"]),
        "<h2>Scale-up, stage by stage</h2>",
        timeline(report["replicas"]["new"], report["replicas"]["surge_s"]),
        "<h2>What ran</h2>",
        facts(_facts(report)),
    ]
    return whole(f"{service}: {word}", body)


def whole(title: str, body: Sequence[str]) -> str:
    """A page in the reports' style."""
    return Template(TEMPLATE.read_text()).substitute(title=escape.escape(title), body="\n".join(body))


def drawn(name: str, told: str, shown: Sequence[Panel], seconds: int, phases: Sequence[Mapping[str, Any]]) -> str:
    """A chart, and below it what its curves say in the second at which a reader points."""
    curves = [curve for panel in shown for curve in (*panel.curves, *([panel.bars] if panel.bars else ()))]
    series = {each.name: each.values for each in curves}
    data = {"left": LEFT, "right": RIGHT, "width": WIDTH, "seconds": seconds, "series": series}
    script = json.dumps(data).replace("</", "<\\/")  # `</` cannot stand inside a script element
    hint = "Point at the chart, or focus it and use the arrow keys, to read a second."
    return (
        f'<div class="wide chart" tabindex="0">{chart(name, told, shown, seconds, phases)}</div>\n'
        f'<p class="readout" aria-live="polite">{hint}</p>\n'
        f'<script type="application/json">{script}</script>'
    )


def clause_table(clauses: Sequence[Mapping[str, Any]]) -> str:
    """A line a clause."""
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("verdict", "clause", "measured", "asked"))
    rows = []
    for clause in clauses:
        kind, word = WORDS[clause["passed"]]
        cells = "".join(f"<td>{escape.escape(clause[key])}</td>" for key in ("name", "detail", "limit"))
        rows.append(f'<tr><td><span class="{kind}">{word}</span></td>{cells}</tr>')
    table = (
        f'<table class="clauses"><thead><tr>{heads}</tr></thead>\n<tbody>\n' + "\n".join(rows) + "\n</tbody></table>"
    )
    return f'<div class="wide">{table}</div>'


def facts(told: Mapping[str, object]) -> str:
    """Names and values."""
    pairs = (f"<dt>{escape.escape(name)}</dt><dd>{escape.escape(str(value))}</dd>" for name, value in told.items())
    return "<dl>\n" + "\n".join(pairs) + "\n</dl>"


def paragraph(text: str) -> str:
    return f'<p class="note">{escape.escape(text)}</p>'


def _outcome(verdict: Mapping[str, Any]) -> tuple[str, str]:
    if not verdict["judged"]:
        return "not judged", "void"
    return ("passed", "pass") if verdict["passed"] else ("failed", "fail")


def _heading(service: str, word: str, kind: str, headline: str) -> str:
    return (
        f'<header><h1>{escape.escape(service)} <span class="badge {kind}">{word}</span></h1>'
        f"<p>{escape.escape(headline)}</p></header>"
    )


def _headline(report: Mapping[str, Any]) -> str:
    load = report["card"]["load"]
    return (
        f"{report['load']['shape']} from {load['base_rps']:g} to {load['peak_rps']:g} requests per second, "
        f"seed {report['seed']}, started {report['started']}"
    )


def _notes(report: Mapping[str, Any]) -> list[str]:
    verdict = report["verdict"]
    names = {"Failed": verdict["failing"], "Not judged": verdict["unjudged"]}
    found = [paragraph(f"{word}: {', '.join(each)}.") for word, each in names.items() if each]
    found += [paragraph(f"Void: {reason}") for reason in verdict["obstacles"]]
    if report["sabotage"]:
        found.insert(0, paragraph(f"Sabotage {report['sabotage']}: a control, which must fail."))
    return found


def _tiles(report: Mapping[str, Any]) -> str:
    replicas, requests = report["replicas"], report["requests"]
    values = {clause["name"]: clause["value"] for clause in report["verdict"]["clauses"]}
    p95, first, off_by = values.get("slo"), values.get("first-new-pod"), replicas["foresight_off_by"]
    told = {
        "requests, failed": f"{requests['total']:,}, {requests['failed']:,}",
        "p95 over the plateau": "-" if p95 is None else f"{p95:.0f} ms",
        "replicas: min, most, last": f"{replicas['min']}, {replicas['max']}, {replicas['last']}",
        "first new pod after the surge": "-" if first is None else f"{first:.1f} s",
        "off the simulation": "-" if off_by is None else f"{off_by['ready']:.2f} replicas",
        "replica-seconds of the oracle's": f"{replicas['beside_oracle']['ratio']:.2f}",
    }
    tiles = (f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in told.items())
    return f'<dl class="tiles">{"".join(tiles)}</dl>'


def _told(report: Mapping[str, Any]) -> str:
    replicas, requests = report["replicas"], report["requests"]
    slow = max((value for value in report["series"]["p95_ms"] if value is not None), default=0)
    return (
        f"Offered load {_headline(report)}. {requests['total']} requests, {requests['failed']} failed; the highest p95 "
        f"of a second {slow:.0f} ms. Ready replicas from {replicas['min']} to {replicas['max']}, {replicas['last']} at "
        f"the end; {replicas['predicted']} were planned for the peak."
    )


def _facts(report: Mapping[str, Any]) -> dict[str, object]:
    box, capacity = report["machine"], report["capacity"]
    return {
        "image": report["image"],
        "one replica": f"{capacity['rps_per_replica']:g} requests per second, measured {capacity['measured']['at']}",
        "machine": f"{box['cpu']}, {box['cores']} cores, {box['memory_gib']} GiB, Linux {box['kernel']}",
        "versions": ", ".join(f"{name} {version}" for name, version in report["versions"].items()),
    }
