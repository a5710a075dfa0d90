"""What a report draws of one run: load, latency and replicas, a panel each."""

from collections.abc import Mapping
from typing import Any

from loadtests.drawing import Band, Curve, Panel
from loadtests.paths import Values

BAND_S = 5
"""A replica that comes or goes so much sooner or later than foreseen is still within the drawn band."""
PADDING = 0.15
"""Replicas by which the band is wider than a level stretch, which would be a line without height."""
CEILING = 4
"""Times the SLO: where the scale of latencies ends, or one slow answer would flatten the rest."""


def panels(report: Mapping[str, Any]) -> list[Panel]:
    """Load, latency and replicas over the seconds of the run."""
    s, p95_ms, predicted = report["series"], report["card"]["slo"]["p95_ms"], report["replicas"]["predicted"]
    told = any(value is not None for value in s["ready_foreseen"])
    return [
        Panel(
            label="requests per second",
            curves=[
                Curve(name="offered", values=s["offered"], style="grey dashed"),
                Curve(name="served", values=s["answered"], style="blue"),
            ],
            bars=Curve(name="failed", values=s["failed"], style="red"),
        ),
        Panel(
            label="latency, ms",
            curves=[
                Curve(name="p99", values=s["p99_ms"], style="violet dotted"),
                Curve(name="p95", values=s["p95_ms"], style="orange thick"),
                Curve(name="p50", values=s["p50_ms"], style="blue"),
            ],
            level=(p95_ms, f"SLO: p95 {p95_ms} ms", "red"),
            ceiling=CEILING * p95_ms,
        ),
        Panel(
            label="replicas",
            curves=[
                Curve(name="desired", values=s["desired"], style="orange dashed", step=True),
                Curve(name="ready", values=s["ready"], style="blue thick", step=True),
                Curve(name="serving", values=s["serving"], style="violet dotted", step=True),
            ],
            band=band(f"ready as foreseen, {BAND_S} s either way", s["least_foreseen"], s["most_foreseen"])
            if told
            else None,
            level=(predicted, f"planned for the peak: {predicted}", "grey"),
            height=150,
        ),
    ]


def band(name: str, least: Values, most: Values) -> Band:
    """What was foreseen within some seconds of each."""

    def around(values: Values, second: int) -> list[float]:
        return [each for each in values[max(0, second - BAND_S) : second + BAND_S + 1] if each is not None]

    seconds = range(len(least))
    return Band(
        name=name,
        low=[max(0.0, min(near) - PADDING) if (near := around(least, second)) else None for second in seconds],
        high=[max(near) + PADDING if (near := around(most, second)) else None for second in seconds],
    )
