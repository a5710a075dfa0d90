"""Whether the load generator tells the truth: ours and stock Locust against a server whose p99 is known."""

import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from airgap.paths import CHECKOUT
from bench.stalling import TRUE_P99_S
from commands.stages import report
from loadtests.ledger import Request, percentile

LOCUSTFILE = CHECKOUT / "bench" / "stalled_locustfile.py"
SENDINGS = ("poisson", "constant", "stock")
SECONDS = 100
WINDOW_S = 0.01
"""Of the dispersion: 10,000 of them, so that chance alone stays within 0.04 of 1 in 99 of 100 runs."""

P99_WITHIN, SENT_WITHIN = 0.05, 0.01
DISPERSION = (0.95, 1.05)


@dataclass(frozen=True, kw_only=True)
class Truth:
    """One run against the stalling server."""

    name: str
    p99_s: float
    sent: int
    planned: int
    cpu_ms_per_request: float
    lag_p99_ms: float | None = None
    """None of stock Locust, which does not know when a request was due."""
    dispersion: float | None = None
    """Variance over mean of the requests sent in a window; None where no random process was asked for."""
    judged: bool = True
    """False: shown beside ours, and promised nothing."""

    @property
    def held(self) -> bool:
        low, high = DISPERSION
        return not self.judged or (
            abs(self.p99_s / TRUE_P99_S - 1) <= P99_WITHIN
            and abs(self.sent / self.planned - 1) <= SENT_WITHIN
            and (self.dispersion is None or low <= self.dispersion <= high)
        )

    def document(self) -> dict[str, Any]:
        """For the report."""
        return {**asdict(self), "true_p99_s": TRUE_P99_S, "held": self.held}

    def __str__(self) -> str:
        more = "" if self.dispersion is None else f", dispersion {self.dispersion:.3f}"
        more += "" if self.lag_p99_ms is None else f", lag p99 {self.lag_p99_ms:.1f} ms"
        held = f": {'held' if self.held else 'NOT HELD'}" if self.judged else ""
        return (
            f"stalled server, {self.name}: p99 {self.p99_s:.3f} s of {TRUE_P99_S:.2f}, sent {self.sent} of "
            f"{self.planned}{more}, {self.cpu_ms_per_request:.2f} ms CPU a request{held}"
        )


def compare_truth(rounds: int) -> list[Truth]:
    """Each way of sending in turn, so many rounds."""
    with stalling() as url:
        found = []
        for number in range(rounds):
            for sending in SENDINGS:
                found.append(truth(url, sending, seed=number + 1))
                report(str(found[-1]))
    return found


@contextlib.contextmanager
def stalling() -> Iterator[str]:
    """The address of a stalling server, which ends with the block."""
    server = subprocess.Popen([sys.executable, "-m", "bench.stalling"], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout
        yield f"http://127.0.0.1:{int(server.stdout.readline())}"
    finally:
        server.kill()
        server.wait()


def truth(url: str, sending: str, seed: int, seconds: float = SECONDS) -> Truth:
    """One run of Locust in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless", "--only-summary", "--host", url]
        command += ["--sending", sending, "--seconds", str(seconds), "--seed", str(seed), "--result", str(result)]
        done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True)
        if not result.exists():
            raise RuntimeError(f"{' '.join(command)} left no result: {done.stderr[-2000:]}")
        return _measured(sending, json.loads(result.read_text()), seconds)


def _measured(sending: str, found: dict[str, Any], seconds: float) -> Truth:
    common = {key: found[key] for key in ("planned", "cpu_ms_per_request")}
    if sending == "stock":
        p99 = found["locust_p99_s"]
        return Truth(name="stock Locust, 10 users", p99_s=p99, sent=found["sent"], judged=False, **common)
    requests = [Request(**each) for each in found["requests"]]
    p99 = percentile((r.latency_ms for r in requests), 99)
    lag = percentile((r.lag_ms for r in requests), 99)
    assert p99 is not None
    counts = np.histogram([r.sent for r in requests], np.linspace(0, seconds, round(seconds / WINDOW_S) + 1))[0]
    return Truth(
        name=f"open loop, {sending}",
        p99_s=p99 / 1000,
        sent=len(requests),
        lag_p99_ms=lag,
        dispersion=float(counts.var() / counts.mean()) if sending == "poisson" else None,
        **common,
    )
