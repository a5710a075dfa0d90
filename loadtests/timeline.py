"""A scale-up stage by stage: each new replica from the order to its first answer, drawn and as a table."""

import html
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from loadtests.drawing import text, ticks
from loadtests.paths import LEFT, RIGHT, WIDTH
from loadtests.replicas import STAGES

ROW, BAR, TOP = 30, 16, 30
NAMES = 200
"""Of the width, for the pods' names."""
MOST = 8
"""Replicas that are drawn: of a larger scale-up the first ones, as they were made."""

WORDS: Mapping[str, str] = {
    "created": "asked to created",
    "scheduled": "to scheduled",
    "started": "to started",
    "ready": "to ready",
    "answered": "to its first answer",
}
"""What a stretch is called by the stage that ends it."""

Replica = Mapping[str, Any]


def timeline(replicas: Sequence[Replica], surge_s: float | None) -> str:
    """HTML of the new replicas, seconds counted from the surge; a sentence where there is none."""
    shown = [each for each in replicas if each["asked"] is not None or each["created"] is not None][:MOST]
    if not shown:
        return "<p>No replica was made during the run.</p>"
    zero = surge_s if surge_s is not None else min(_first(each) for each in shown)
    since = "the surge" if surge_s is not None else "the first order"
    more = f" The first {MOST} of {len(replicas)} are shown." if len(replicas) > len(shown) else ""
    return "\n".join(
        [
            f"<p>Seconds from {since}, second {zero:g} of the run.{more}</p>",
            f'<div class="wide">{_drawing(shown, zero)}</div>',
            f'<div class="wide">{_table(shown, zero)}</div>',
        ]
    )


def _first(replica: Replica) -> float:
    return next(replica[stage] for stage in STAGES if replica[stage] is not None)


def _drawing(shown: Sequence[Replica], zero: float) -> str:
    least = min(0.0, *(_first(each) - zero for each in shown))
    most = max(0.0, *(each[stage] - zero for each in shown for stage in STAGES if each[stage] is not None))
    left, bottom = LEFT + NAMES, TOP + ROW * len(shown)

    def across(at: float) -> float:
        return round(left + (at - least) / ((most - least) or 1) * (WIDTH - RIGHT - left), 1)

    found = [f'<svg viewBox="0 0 {WIDTH} {bottom + 30}" role="img" aria-label="{html.escape(_told(shown, zero))}">']
    x = float(LEFT)
    for stage in WORDS:
        found.append(f'<rect class="stage {stage}" x="{x:g}" y="4" width="14" height="10"/>')
        found.append(text(x + 19, 13, WORDS[stage]))
        x += 165
    for tick in ticks(most, 8, lowest=least):
        at = across(tick)
        found.append(f'<line class="grid" x1="{at}" x2="{at}" y1="{TOP - 6}" y2="{bottom}"/>')
        found.append(text(at, bottom + 18, f"{tick:g}", "soft", "middle"))
    for i, replica in enumerate(shown):
        y = TOP + ROW * i
        found.append(text(left - 10, y + BAR - 3, _short(replica["pod"]), anchor="end"))
        known = [(stage, replica[stage] - zero) for stage in STAGES if replica[stage] is not None]
        for (_, begin), (stage, end) in pairwise(known):
            width = max(0.0, across(end) - across(begin))
            found.append(
                f'<rect class="stage {stage}" x="{across(begin)}" y="{y}" width="{width:.1f}" height="{BAR}">'
                f"<title>{WORDS.get(stage, stage)}: {end - begin:.2f} s</title></rect>"
            )
    return "\n".join([*found, "</svg>"])


def _table(shown: Sequence[Replica], zero: float) -> str:
    heads = "".join(f'<th scope="col">{stage}</th>' for stage in ("replica", *STAGES))
    rows = [
        f'<tr><th scope="row">{html.escape(each["pod"])}</th>'
        + "".join(f"<td>{'-' if each[stage] is None else f'{each[stage] - zero:.1f}'}</td>" for stage in STAGES)
        + "</tr>"
        for each in shown
    ]
    return f'<table class="numbers"><thead><tr>{heads}</tr></thead><tbody>\n' + "\n".join(rows) + "\n</tbody></table>"


def _told(shown: Sequence[Replica], zero: float) -> str:
    ready = [f"{each['ready'] - zero:.1f} s" for each in shown if each["ready"] is not None]
    return f"{len(shown)} new replicas, ready after {', '.join(ready) or 'no time: none was'}"


def _short(pod: str) -> str:
    """What tells a pod from its siblings; the table has the whole name."""
    return pod if len(pod) <= NAMES // 8 else f"…{pod[-NAMES // 8 :]}"
