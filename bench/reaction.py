"""What a load test's report tells of one step of the load: how soon it was met, and what that took. Pure."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.planning.simulation import turns

BASE = "hpa-default"
LIMITS = {("ours", "ready_s"): 0.35, ("ours", "recovered_s"): 0.35, ("ours+standby", "recovered_s"): 0.15}
"""Of the default autoscaler's seconds, in the same round."""
NOT_HELD = "NOT HELD"
JUDGED = {arm for arm, _ in LIMITS}
ORACLE = 1.15
"""Ours, replica-seconds in those of one that knows the load. A standby is a replica more by its nature."""

MOMENTS = ("asked", "scheduled", "ready", "answered")
"""Of loadtests/replicas.py's stages."""

TURNS = 1
"""Of the desired replicas, at most: what waited asks for one more until it is answered. A second turn is flapping."""


@dataclass(frozen=True, kw_only=True)
class Reaction:
    """Seconds from the step on; None: it never came."""

    asked_s: float | None
    """The first order of the scaler."""
    scheduled_s: float | None
    """Of the first new pod that came to be ready."""
    ready_s: float | None
    answered_s: float | None
    """Its first answer."""
    recovered_s: float | None
    """By the load test's clause time-to-slo: p95 holds over the next seconds, and over all until the load falls."""
    hold_s: float
    """How long the step was held."""
    missed: int
    """Requests of seconds that did not keep the SLO."""
    turns: int
    """Changes of direction of the desired replicas while the step was held."""
    replica_seconds: int
    """Desired, from the run's begin until the load falls."""
    void: tuple[str, ...]
    """Why the run cannot be judged."""


def reaction(report: Mapping[str, Any]) -> Reaction:
    """Of report.json of a run whose shape has a surge and a plateau."""
    phases = {each["name"]: each for each in report["load"]["phases"]}
    begin, end = int(phases["surge"]["begin"]), int(phases["plateau"]["end"])
    new = [each for each in report["replicas"]["new"] if (each["created"] or 0) >= begin]
    first = min((each for each in new if each["ready"] is not None), key=lambda each: each["ready"], default=None)
    series = report["series"]
    good = kept(series, report["card"]["slo"]["p95_ms"])[begin:end]
    since = {name: _since(first[name] if first else None, begin) for name in MOMENTS}
    return Reaction(
        asked_s=since["asked"],
        scheduled_s=since["scheduled"],
        ready_s=since["ready"],
        answered_s=since["answered"],
        recovered_s=next(each["value"] for each in report["verdict"]["clauses"] if each["name"] == "time-to-slo"),
        hold_s=end - begin,
        missed=sum(sent for sent, fine in zip(series["sent"][begin:end], good, strict=True) if not fine),
        turns=turns([each for each in series["desired"][begin:end] if each is not None]),
        replica_seconds=sum(each or 0 for each in series["desired"][:end]),
        void=(*report["verdict"]["obstacles"], *_ahead(series["desired"][begin - 1], report["replicas"]["min"])),
    )


def _ahead(desired: int | None, least: int) -> Iterator[str]:
    """A scaler that had ordered before the step did not react to it."""
    if desired is not None and desired > least:
        yield f"{desired} replicas were asked for before the step, where {least} rest"


def kept(series: Mapping[str, Sequence[Any]], p95_ms: float) -> list[bool]:
    """For each second whether its p95 is within the SLO, what failed counted as endless."""
    seconds = zip(series["sent"], series["failed"], series["p95_ms"], strict=True)
    return [failed <= 0.05 * sent and (p95 is None or p95 <= p95_ms) if sent else True for sent, failed, p95 in seconds]


def _since(at: float | None, begin: float) -> float | None:
    return None if at is None else round(at - begin, 2)


def told(lines: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """For each arm medians with their spread, and its ratios to the default autoscaler in the same round."""
    judged = [each for each in lines if not each["void"]]
    base = {each["seed"]: each for each in judged if each["arm"] == BASE}
    for arm in dict.fromkeys(each["arm"] for each in judged):
        mine = [each for each in judged if each["arm"] == arm]
        yield f"{arm}, {len(mine)} of {sum(each['arm'] == arm for each in lines)} runs judged"
        for key in (*(f"{moment}_s" for moment in MOMENTS), "recovered_s"):
            told = f"  {key:<13}{_spread([_seconds(each, key) for each in mine], 1)}"
            ratios = [_seconds(each, key) / _seconds(base[each["seed"]], key) for each in mine if each["seed"] in base]
            yield told + (f"; of {BASE}'s {_held(ratios, LIMITS.get((arm, key)))}" if ratios and arm != BASE else "")
        yield f"  missed       {_spread([each['missed'] for each in mine], 0)} requests"
        turned = max(each["turns"] for each in mine)
        yield f"  turns        {turned} at most" + (
            f", {TURNS} allowed: {_word(turned <= TURNS)}" if arm in JUDGED else ""
        )
        limit = ORACLE if arm == "ours" else None
        yield f"  of an oracle's replica-seconds {_held([each['of_oracle'] for each in mine], limit)}"


def _seconds(line: Mapping[str, Any], key: str) -> float:
    """What never came is taken for as long as the step was held: that favours the arm that it never came to."""
    return line["hold_s"] if line[key] is None else max(line[key], 1.0)


def _held(ratios: Sequence[float], limit: float | None) -> str:
    held = "" if limit is None else f", at most {limit}: {_word(statistics.median(ratios) <= limit)}"
    return _spread(ratios, 2) + held


def _word(held: bool) -> str:
    return "held" if held else NOT_HELD


def _spread(values: Sequence[float], digits: int) -> str:
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"
