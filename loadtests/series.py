"""A run second by second: what the report draws and report.json keeps."""

from collections import defaultdict

from loadtests.ledger import Request, percentile
from loadtests.verdict import Evidence

Series = dict[str, list[float | int | None]]


def series(run: Evidence) -> Series:
    """One value per second and curve; None where nothing was measured. Latencies belong to the second of sending."""
    seconds = int(run.ended)  # whole ones: the last was cut off
    sent: dict[int, list[Request]] = defaultdict(list)
    answered: dict[int, list[Request]] = defaultdict(list)
    for request in run.requests:
        sent[int(request.sent)].append(request)
        if request.answered is not None:
            answered[int(request.answered)].append(request)
    looks = {round(s.at): s for s in run.samples}  # a look belongs to the nearest second: it is taken at its start
    found: Series = {"second": list(range(seconds))}
    found["offered"] = [round(run.load.offered(i + 0.5), 2) for i in range(seconds)]
    found["users"] = [run.load.users(i) for i in range(seconds)]
    found["sent"] = [len(sent[i]) for i in range(seconds)]
    found["answered"] = [sum(r.ok for r in answered[i]) for i in range(seconds)]
    found["failed"] = [sum(not r.ok for r in sent[i]) for i in range(seconds)]
    for percent in (50, 95):
        found[f"p{percent}_ms"] = [_percentile(sent[i], percent) for i in range(seconds)]
    found["desired"] = [looks[i].desired if i in looks else None for i in range(seconds)]
    found["ready"] = [looks[i].ready if i in looks else None for i in range(seconds)]
    found["serving"] = [len({r.pod for r in answered[i] if r.ok and r.pod}) for i in range(seconds)]
    found["generator_busy"] = [round(run.busy[i], 3) if i < len(run.busy) else None for i in range(seconds)]
    return found


def _percentile(requests: list[Request], percent: float) -> float | None:
    value = percentile((r.latency_ms for r in requests if r.ok), percent)
    return None if value is None else round(value, 1)
