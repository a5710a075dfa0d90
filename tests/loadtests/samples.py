"""A card, a capacity and a run that passes; each test spoils one thing."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from components.capacity import Capacity, load_measurements, predicted_replicas
from components.card import Card, load_card
from loadtests.evidence import Evidence, Foreseen, Sample
from loadtests.ledger import Request, Work
from loadtests.replicas import Replica
from loadtests.report import Facts
from loadtests.shapes import Load
from tests.components.samples import CAPACITY as SAMPLE
from tests.components.samples import CARD

CAPACITY = {**SAMPLE, "start_s": 0.5}


def a_bento(folder: Path, *, card: dict[str, Any] | None = None, capacity: dict[str, Any] | None = None) -> Path:
    """A folder of Bentos that holds embedder, with these parts of its card and capacity changed."""
    home = folder / "bentos" / "embedder"
    home.mkdir(parents=True)
    changed = {k: {**v, **card.get(k, {})} if isinstance(v, dict) else v for k, v in CARD.items()} if card else CARD
    (home / "card.yaml").write_text(yaml.safe_dump(changed))
    (home / "capacity.json").write_text(json.dumps({"measurements": [{**CAPACITY, **(capacity or {})}]}))
    return home.parent


def a_card(folder: Path, **parts: Any) -> Card:
    return load_card(a_bento(folder, card=parts) / "embedder")


def a_capacity(folder: Path, card: Card) -> Capacity:
    return load_measurements(folder / "bentos" / "embedder", card).on(None, card)


def an_evidence(folder: Path, **parts: Any) -> Evidence:
    """A run of the sample card as it should be: 1, 3 and 1 replicas, every answer in 50 ms and right."""
    card = a_card(folder, **{"scale": {"max": 6}} | parts)
    capacity = a_capacity(folder, card)
    load = Load(card)
    up, down = 36, int(load.fall) + 30
    samples = [Sample(t, 3 if up - 8 <= t < down - 2 else 1, 3 if up <= t < down else 1) for t in range(down + 7)]
    requests = []
    for second in range(down + 6):
        for i in range(round(load.offered(second + 0.5))):
            sent = second + (i + 0.5) / load.offered(second + 0.5)
            pod = f"pod-{i % 3 if up <= sent < down else 0}"
            drift = 1e-6 if len(requests) % 20 == 0 else None
            requests.append(Request(len(requests), sent, sent, sent + 0.05, 200, pod, drift=drift))
    new = [
        Replica(pod=f"pod-{i}", asked=28, created=28.1, scheduled=28.2, started=29, ready=35.5 + i / 4, answered=36 + i)
        for i in (1, 2)
    ]
    run = Evidence(
        load=load,
        slo=card.slo,
        minimum=card.scale.min,
        maximum=card.scale.max,
        reaction_s=8.0,
        rps_per_replica=capacity.rps_per_replica,
        predict=lambda rps: predicted_replicas(card, capacity, rps),
        samples=samples,
        requests=requests,
        replicas=new,
        served={request.number: Work([request.pod], [request.pod]) for request in requests},
        planned=[request.due for request in requests],
        busy=[[0.2] * (down + 6)],
        ended=down + 6.5,
    )
    return as_foreseen(run)


OFF_BY = ("ready", "replica_seconds", "beyond_chance", "replica_seconds_beyond_chance")


def as_foreseen(run: Evidence, shift: int = 0) -> Evidence:
    """The run, foreseen as it came, or so many seconds earlier."""
    ready = [run.ready_at(second + shift) for second in range(400)]
    told = [Foreseen(s, 0, run.desired_at(s + shift), count, least=count, most=count) for s, count in enumerate(ready)]
    return replace(run, foreseen=told)


def facts(folder: Path, second: int = 0) -> Facts:
    """What a run of `an_evidence(folder)` was about."""
    card = load_card(folder / "bentos" / "embedder")
    return Facts(
        card=card,
        capacity=a_capacity(folder, card),
        seed=7,
        arrivals="poisson",
        sabotage=None,
        image="127.0.0.1:5000/tradewind/embedder@sha256:0",
        url="http://127.0.0.1:30080/embedder",
        started=datetime(2026, 11, 24, 2, 7, second, tzinfo=UTC),
    )


def with_ready(run: Evidence, begin: float, end: float, ready: int, *, desired: int | None = None) -> Evidence:
    """The run with other replicas seen from `begin` until `end`."""
    changed = [
        Sample(s.at, s.desired if desired is None else desired, ready) if begin <= s.at < end else s
        for s in run.samples
    ]
    return replace(run, samples=changed)


def with_requests(run: Evidence, begin: float, end: float, every: int = 1, **changes: Any) -> Evidence:
    """The run with one in `every` requests due from `begin` until `end` changed; `latency_s` moves its end."""
    changed, seen = [], 0
    for request in run.requests:
        if begin <= request.due < end:
            seen += 1
            if seen % every == 0:
                fields = dict(changes)
                if "latency_s" in fields:
                    fields["answered"] = request.due + fields.pop("latency_s")
                request = replace(request, **fields)
        changed.append(request)
    return replace(run, requests=changed)
