"""`make load`: the service scales as its card says, and a broken scaler is seen."""

import statistics
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest

from loadtests.sabotage import SABOTAGES
from tests.e2e.checkout import Checkout, Result
from tests.e2e.cluster import Cluster
from tests.e2e.counts import START_SURGE_S, count


@contextmanager
def pods_watched(cluster: Cluster) -> Iterator[dict[str, float]]:
    """Seconds from scheduled to ready of each pod of the service that is seen ready meanwhile."""
    times: dict[str, float] = {}
    end = threading.Event()

    def watch() -> None:
        while not end.wait(1):
            for pod in cluster.pods("models"):
                at = {each["type"]: each for each in pod["status"].get("conditions", [])}
                if at.get("Ready", {}).get("status") == "True":
                    scheduled, ready = (
                        datetime.fromisoformat(at[kind]["lastTransitionTime"]) for kind in ("PodScheduled", "Ready")
                    )
                    times.setdefault(pod["metadata"]["name"], (ready - scheduled).total_seconds())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield times
    finally:
        end.set()
        watcher.join()


@pytest.mark.parametrize("number", range(count("load_runs")))
def test_the_service_scales_as_its_card_says_and_loses_no_request(
    checkout: Checkout, up: Result, cluster: Cluster, number: int
):
    before = {pod["metadata"]["name"] for pod in cluster.pods("models")}
    with pods_watched(cluster) as times:
        run = checkout.make("load", "SERVICE=embedder", "PEAK=full")
    print(f"\n{run.stdout}")
    found = checkout.report("embedder")
    assert run.code == 0 and found["verdict"]["passed"], run.stdout + run.stderr[-3000:]
    assert found["replicas"]["max"] == found["replicas"]["predicted"] == 3
    assert found["requests"]["total"] > 1000
    assert found["requests"]["failed"] == 0
    surge = [seconds for name, seconds in times.items() if name not in before]
    print(f"scheduled to ready in the surge: {', '.join(f'{seconds:.0f} s' for seconds in surge)}")
    assert len(surge) >= 2
    assert statistics.median(surge) <= START_SURGE_S


@pytest.mark.parametrize("name", list(SABOTAGES)[: count("controls")])
def test_a_control_fails_for_its_own_reason_and_leaves_the_service_as_it_was(
    checkout: Checkout, up: Result, cluster: Cluster, name: str
):
    run = checkout.make("load", "SERVICE=embedder", f"SABOTAGE={name}")
    found = checkout.report("embedder")
    void = SABOTAGES[name].clause == "void"
    assert f"Error {3 if void else 1}" in run.stderr, run.stdout + run.stderr[-3000:]
    assert not found["verdict"]["passed"]
    assert found["verdict"]["judged"] is not void
    assert f"control {name} failed as it must: {SABOTAGES[name].clause}" in run.stdout.splitlines(), run.stdout
    assert void or any(line.startswith("failed: ") for line in run.stdout.splitlines()), run.stdout
    checkout.shell("pulumi preview -s local --refresh --expect-no-changes --non-interactive").ok()
