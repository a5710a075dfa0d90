"""What a run leaves: reports/<service>/<time>/report.json and report.html, and `latest` beside them."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from components.capacity import Capacity
from components.card import Card
from loadtests import page
from loadtests.clauses import Clause
from loadtests.evidence import Evidence
from loadtests.foresight import beside_oracle, compared, off_by
from loadtests.held import held
from loadtests.histogram import histogram_of
from loadtests.machine import machine, versions
from loadtests.series import series
from loadtests.validity import lag
from loadtests.verdict import Verdict

SCHEMA = 3
"""Raised when a key of report.json changes its meaning or goes."""

WORDS = {True: "pass", False: "FAIL", None: "  - "}
"""Of a clause, on a terminal."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a run was about, beside what it measured."""

    card: Card
    capacity: Capacity
    seed: int
    arrivals: str
    sabotage: str | None
    image: str
    url: str
    started: datetime
    pinned: dict[str, int | str | None] = field(default_factory=dict)
    """Core and priority of the generator, as far as they were granted."""
    missed: Sequence[str] = ()


def document(run: Evidence, verdict: Verdict, facts: Facts) -> dict[str, Any]:
    """report.json."""
    ok = [r for r in run.requests if r.ok]
    checked = [r for r in run.requests if r.drift is not None]
    return {
        "schema": SCHEMA,
        "service": facts.card.name,
        "started": facts.started.isoformat(timespec="seconds"),
        "verdict": {
            "passed": verdict.passed,
            "judged": verdict.judged,
            "obstacles": list(verdict.obstacles),
            "failing": verdict.failing,
            "unjudged": verdict.unjudged,
            "clauses": [_clause(clause) for clause in verdict.clauses],
        },
        "replicas": {
            "min": run.minimum,
            "predicted": run.predict(run.load.peak_rps),
            "max": max((s.ready for s in run.samples), default=0),
            "last": run.samples[-1].ready if run.samples else 0,
            "compared": compared(run),
            "surge_s": run.surge,
            "new": [_rounded(asdict(replica)) for replica in run.replicas],
            "foresight_off_by": off_by(run),
            "beside_oracle": beside_oracle(run, facts.card, facts.capacity),
        },
        "requests": {
            "total": len(run.requests),
            "answered": len(ok),
            "failed": sum(not r.ok for r in run.requests),
            "lost": sum(r.lost for r in run.requests),
            "checked": len(checked),
            "by_status": _by_status(run),
            "latency": histogram_of(r.latency_ms / 1000 for r in ok).document(),
            "held": held(run.requests, run.replicas),
            "first_errors": [f"{r.due:.1f} s: {r.status} {r.error}"[:200] for r in run.requests if not r.ok][:20],
        },
        "load": {"shape": run.load.name, "phases": [asdict(stretch) for stretch in run.load.stretches]},
        "generator": _generator(run, facts),
        "seed": facts.seed,
        "sabotage": facts.sabotage,
        "image": facts.image,
        "url": facts.url,
        "card": facts.card.model_dump(),
        "capacity": facts.capacity.model_dump(),
        "versions": versions(),
        "machine": machine(),
        "watcher_missed": list(facts.missed),
        "series": series(run),
    }


def write(reports: Path, run: Evidence, verdict: Verdict, facts: Facts) -> Path:
    """Writes both files, and turns `latest` to them once they are whole."""
    home = reports / facts.card.name
    folder = home / facts.started.strftime("%Y-%m-%dT%H-%M-%SZ")
    folder.mkdir(parents=True, exist_ok=True)
    found = document(run, verdict, facts)
    (folder / "report.json").write_text(json.dumps(found, indent=1, allow_nan=False) + "\n")
    (folder / "report.html").write_text(page.html(found))
    fresh = home / f".latest-{folder.name}"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(folder.name)
    fresh.replace(home / "latest")  # a rename, so that a reader finds the old or the new one, never none
    return folder


def summary(verdict: Verdict, folder: Path) -> str:
    """The verdict for a terminal."""
    width = max(len(clause.name) for clause in verdict.clauses)
    lines = [f"{WORDS[c.passed]}  {c.name:<{width}}  {c.detail}  ({c.limit})" for c in verdict.clauses]
    lines += [f"void  {reason}" for reason in verdict.obstacles]
    if not verdict.judged:
        word = "cannot be judged"
    else:
        word = "passed" if verdict.passed else f"failed: {', '.join(verdict.failing)}"
        word += f"; not judged: {', '.join(verdict.unjudged)}" if verdict.unjudged else ""
    return "\n".join([*lines, word, f"report: {folder / 'report.html'}"])


def _clause(clause: Clause) -> dict[str, Any]:
    found = asdict(clause)
    value = found["value"]
    return _rounded(found | {"value": value if value is None or math.isfinite(value) else None})


def _rounded(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, 3) if isinstance(value, float) else value for name, value in fields.items()}


def _by_status(run: Evidence) -> dict[str, int]:
    counts: dict[str, int] = {}
    for request in run.requests:
        key = str(request.status) if request.status else "no answer"
        counts[key] = counts.get(key, 0) + 1
    return dict(sorted(counts.items()))


def _generator(run: Evidence, facts: Facts) -> dict[str, Any]:
    late, limit = lag(run.requests)
    return {
        "arrivals": facts.arrivals,
        "callers": run.load.callers,
        "processes": len(run.busy),
        "pinned": facts.pinned,
        "busy_max": round(max((max(process, default=0.0) for process in run.busy), default=0.0), 3),
        "lag_p99_ms": round(late, 2),
        "lag_limit_ms": round(limit, 2),
        "lag": histogram_of(r.lag_ms / 1000 for r in run.requests).document(),
    }
