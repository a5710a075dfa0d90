"""What became of requests that a waiting room held: how long each waited, for what, and how long its replica took."""

from collections.abc import Mapping, Sequence
from typing import Any

from loadtests.ledger import Request, percentile
from loadtests.replicas import Replica

HEADER = "x-tradewind-service-ms"
"""Of an answer: airgap/go/waiting-room/room/forward.go."""


def service_s(headers: Mapping[str, Any]) -> float | None:
    """From an answer's headers; None where it came from a replica itself."""
    value = headers.get(HEADER)
    return None if value is None else float(value) / 1000


def held(requests: Sequence[Request], replicas: Sequence[Replica]) -> dict[str, Any] | None:
    """How many were held, and the seconds of their parts; None where none was.

    wait: until the pod was made that was ready first; start: from then until the request was sent to it; service: from
    then until the answer; whole: all three. `replicas` are those that were made during the run.
    """
    parts = [_parts(each, replicas) for each in requests if each.service_s is not None and each.ok]
    if not parts:
        return None
    names = ("wait", "start", "service", "whole")
    columns = dict(zip(names, zip(*parts, strict=True), strict=True))
    return {
        "count": len(parts),
        **{
            f"{name}_s": {
                "p50": round(percentile(values, 50) or 0.0, 3),
                "p95": round(percentile(values, 95) or 0.0, 3),
                "max": round(max(values), 3),
            }
            for name, values in columns.items()
        },
    }


def _parts(request: Request, replicas: Sequence[Replica]) -> tuple[float, float, float, float]:
    assert request.service_s is not None and request.answered is not None
    whole = request.answered - request.sent
    service = min(request.service_s, whole)
    forwarded = request.answered - service
    came = [each for each in replicas if each.ready is not None and each.ready >= request.sent]
    started = min(came, key=lambda each: each.ready or 0.0, default=None)
    made = forwarded if started is None or started.created is None else started.created
    made = min(max(made, request.sent), forwarded)
    return made - request.sent, forwarded - made, service, whole
