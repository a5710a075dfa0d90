"""A run second by second: what the report draws and report.json keeps."""

from collections import defaultdict

from loadtests.evidence import Evidence
from loadtests.ledger import Request, percentile

Series = dict[str, list[float | int | None]]


def series(run: Evidence) -> Series:
    """One value per second and curve; None where nothing was measured. Latencies belong to the second they were due."""
    seconds = int(run.ended)  # whole ones: the last was cut off
    sent: dict[int, list[Request]] = defaultdict(list)
    answered: dict[int, list[Request]] = defaultdict(list)
    for request in run.requests:
        sent[int(request.due)].append(request)
        if request.answered is not None:
            answered[int(request.answered)].append(request)
    looks = {round(s.at): s for s in run.samples}  # a look belongs to the nearest second: it is taken at its start
    found: Series = {"second": list(range(seconds))}
    found["offered"] = [round(run.load.offered(i + 0.5), 2) for i in range(seconds)]
    found["sent"] = [len(sent[i]) for i in range(seconds)]
    found["answered"] = [sum(r.ok for r in answered[i]) for i in range(seconds)]
    found["failed"] = [sum(not r.ok for r in sent[i]) for i in range(seconds)]
    for percent in (50, 95, 99):
        found[f"p{percent}_ms"] = [_percentile(sent[i], percent) for i in range(seconds)]
    found["desired"] = [looks[i].desired if i in looks else None for i in range(seconds)]
    found["ready"] = [looks[i].ready if i in looks else None for i in range(seconds)]
    told = {moment.second: moment for moment in run.foreseen}
    found["desired_foreseen"] = [told[i].desired if i in told else None for i in range(seconds)]
    for name in ("ready", "least", "most"):
        found[f"{name}_foreseen"] = [getattr(told[i], name) if i in told else None for i in range(seconds)]
    found["serving"] = [len({r.pod for r in answered[i] if r.ok and r.pod}) for i in range(seconds)]
    found["lag_ms"] = [_worst_lag(sent[i]) for i in range(seconds)]
    found["generator_busy"] = [_busiest(run, i) for i in range(seconds)]
    return found


def _percentile(requests: list[Request], percent: float) -> float | None:
    value = percentile((r.latency_ms for r in requests if r.ok), percent)
    return None if value is None else round(value, 1)


def _worst_lag(requests: list[Request]) -> float | None:
    return round(max(r.lag_ms for r in requests), 2) if requests else None


def _busiest(run: Evidence, second: int) -> float | None:
    return max((round(process[second], 3) for process in run.busy if second < len(process)), default=None)
