"""report.html, drawn from report.json alone: one file, no network, one time axis."""

import html as escape
import json
from pathlib import Path
from string import Template
from typing import Any

import plotly.graph_objects as go
import plotly.offline

TEMPLATE = Path(__file__).with_name("page.html")

# Middle tones of one lightness: each keeps a contrast of 3 or more on white and on near-black.
# Blue, orange and violet stay apart for the colour-blind; what is asked is dashed, what happened is drawn through.
BLUE, ORANGE, VIOLET, GREY, RED = "#2f7fd6", "#d9730d", "#8b5fd1", "#838d97", "#d6453d"
SHADE = "rgba(131, 141, 151, 0.10)"
PLATEAU = "rgba(47, 127, 214, 0.10)"

ROWS = {"y": (0.70, 1.0), "y2": (0.36, 0.64), "y3": (0.0, 0.30)}
"""Offered load, latency, replicas: shares of the height."""


def html(report: dict[str, Any]) -> str:
    """The page of one report.json."""
    verdict = report["verdict"]
    word = "passed" if verdict["passed"] else "failed" if verdict["judged"] else "not judged"
    replicas, requests, service = report["replicas"], report["requests"], report["service"]
    title = f"{service}: {word}"
    load = report["card"]["load"]
    summary = (
        f"{report['load']['shape']} from {load['base_rps']:g} to {load['peak_rps']:g} requests per second. "
        f"Replicas {replicas['min']}, {replicas['max']}, {replicas['last']}; predicted {replicas['predicted']}. "
        f"{requests['total']} requests, {requests['failed']} failed. {_foresight(replicas)}"
    )
    return Template(TEMPLATE.read_text()).substitute(
        title=escape.escape(title),
        word=word,
        kind={"passed": "pass", "failed": "fail"}.get(word, "void"),
        service=escape.escape(service),
        summary=escape.escape(summary),
        sabotage=_paragraph(report["sabotage"] and f"Sabotage {report['sabotage']}: a control, which must fail."),
        obstacles="".join(_paragraph(reason) for reason in verdict["obstacles"]),
        clauses="\n".join(_clause(clause) for clause in verdict["clauses"]),
        facts="\n".join(_fact(name, value) for name, value in _facts(report).items()),
        plotly=plotly.offline.get_plotlyjs(),
        # `</` cannot stand inside a script element
        figure=str(figure(report).to_json()).replace("</", "<\\/"),
        labels=json.dumps({"y": "requests per second", "y2": "latency, ms", "y3": "replicas"}),
    )


def figure(report: dict[str, Any]) -> go.Figure:
    """Load, latency and replicas over the seconds of the run."""
    s, slo, predicted = report["series"], report["card"]["slo"], report["replicas"]["predicted"]
    chart = go.Figure()
    seconds = s["second"]

    def line(name: str, key: str, axis: str, colour: str, *, dash: str = "solid", width: float = 2, step: bool = False):
        # Replicas are what stood at a second's start, and hold until the next look; the rest is what fell within it.
        x = seconds if step else [second + 0.5 for second in seconds]
        style = {"color": colour, "dash": dash, "width": width, "shape": "hv" if step else "linear"}
        chart.add_scatter(x=x, y=s[key], name=name, yaxis=axis, mode="lines", line=style, legend=_legend(axis))

    failed = {"color": RED, "line": {"width": 0}}
    chart.add_bar(x=seconds, y=s["failed"], offset=0, name="failed", yaxis="y", marker=failed, legend=_legend("y"))
    line("sent", "sent", "y", BLUE, width=1.5)
    line("offered", "offered", "y", GREY, dash="dash")
    line("p95", "p95_ms", "y2", ORANGE)
    line("p50", "p50_ms", "y2", BLUE, width=1.5)
    line("ready", "ready", "y3", BLUE, width=3, step=True)
    line("desired", "desired", "y3", ORANGE, dash="dash", width=1.5, step=True)
    line("foreseen", "ready_foreseen", "y3", GREY, dash="dash", width=1.5, step=True)
    line("serving", "serving", "y3", VIOLET, dash="dot", width=1.5, step=True)
    for stretch in report["load"]["phases"]:
        if seconds and stretch["begin"] <= seconds[-1]:
            _shade(chart, stretch, min(stretch["end"], seconds[-1] + 1))
    _level(chart, "y2", slo["p95_ms"], f"SLO {slo['p95_ms']} ms")
    _level(chart, "y3", predicted, f"predicted {predicted}")
    highest = max([v for v in s["p95_ms"] if v is not None], default=0)
    most = max([predicted, *(v for key in ("desired", "ready", "serving") for v in s[key] if v is not None)])
    chart.update_layout(
        height=760,
        margin={"l": 64, "r": 16, "t": 28, "b": 48},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        hovermode="x unified",
        hoversubplots="axis",
        bargap=0,
        font={"family": "system-ui, sans-serif", "size": 13},
        xaxis={
            "title": "seconds since the start",
            "anchor": "y3",
            "showgrid": False,
            "zeroline": False,
            "range": [0, len(seconds)],
            "unifiedhovertitle": {"text": "second %{x:.0f}"},
        },
        yaxis={"domain": ROWS["y"], "rangemode": "tozero"},
        yaxis2={"domain": ROWS["y2"], "anchor": "x", "range": [0, max(highest, slo["p95_ms"]) * 1.1]},
        yaxis3={"domain": ROWS["y3"], "anchor": "x", "dtick": 1, "range": [0, most + 0.6]},
    )
    for axis, (_, top) in ROWS.items():
        place = {"x": 1, "xanchor": "right", "y": top, "yanchor": "bottom", "orientation": "h"}
        chart.update_layout({_legend(axis): place})
    return chart


def _legend(axis: str) -> str:
    return axis.replace("y", "legend")


def _shade(chart: go.Figure, stretch: dict[str, Any], end: float) -> None:
    judged = stretch["name"] == "plateau"
    if judged or stretch["name"] in ("surge", "rise"):
        chart.add_shape(
            type="rect", xref="x", yref="paper", x0=stretch["begin"], x1=end, y0=0, y1=1,
            fillcolor=PLATEAU if judged else SHADE, line_width=0, layer="below",
        )  # fmt: skip
    chart.add_annotation(
        x=stretch["begin"], y=1, xref="x", yref="paper", text=stretch["name"], showarrow=False,
        xanchor="left", yanchor="bottom", font={"size": 12},
    )  # fmt: skip


def _level(chart: go.Figure, axis: str, value: float, text: str) -> None:
    chart.add_shape(
        type="line", xref="paper", x0=0, x1=1, yref=axis, y0=value, y1=value,
        line={"color": RED, "width": 1.2, "dash": "dot"},
    )  # fmt: skip
    chart.add_annotation(
        x=0, xref="paper", y=value, yref=axis, text=text, showarrow=False,
        xanchor="left", yanchor="bottom", xshift=4, font={"size": 12, "color": RED},
    )  # fmt: skip


def _facts(report: dict[str, Any]) -> dict[str, object]:
    box, capacity = report["machine"], report["capacity"]
    return {
        "started": report["started"],
        "seed": report["seed"],
        "image": report["image"],
        "one replica": f"{capacity['rps_per_replica']:g} requests per second, measured {capacity['measured']['at']}",
        "machine": f"{box['cpu']}, {box['cores']} cores, {box['memory_gib']} GiB, Linux {box['kernel']}",
        "versions": ", ".join(f"{name} {version}" for name, version in report["versions"].items()),
    }


def _foresight(replicas: dict[str, Any]) -> str:
    compared, off_by, oracle = replicas["compared"], replicas["foresight_off_by"], replicas["beside_oracle"]
    words = {"first_new_ready_s": "first new replica", "most_ready_s": "all", "back_at_min_s": "back at min"}
    told = [
        f"{what} at {value['foreseen']:.0f} s, seen at {value['seen']:.0f} s"
        for what, value in ((words[name], compared[name]) for name in words if name in compared)
        if value["foreseen"] is not None and value["seen"] is not None
    ]
    found = [f"Foreseen: {'; '.join(told)}."] if told else []
    if off_by:
        found.append(
            f"The simulation was off by {off_by['ready']:.2f} replicas in the mean second, and by "
            f"{abs(off_by['replica_seconds']):.1%} in replica-seconds."
        )
    found.append(f"Replica-seconds: {oracle['ratio']:.2f} of the oracle's.")
    return " ".join(found)


def _clause(clause: dict[str, Any]) -> str:
    word = "pass" if clause["passed"] else "fail"
    cells = [
        f'<span class="{word}">{word}</span>',
        *(escape.escape(clause[key]) for key in ("name", "detail", "limit")),
    ]
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _fact(name: str, value: object) -> str:
    return f"<dt>{escape.escape(name)}</dt><dd>{escape.escape(str(value))}</dd>"


def _paragraph(text: str | None) -> str:
    return f'<p class="note">{escape.escape(text)}</p>' if text else ""
