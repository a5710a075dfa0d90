"""A service that nobody calls has no replica; who calls it is held until there is one, and past the bound refused."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from loadtests.held import held
from loadtests.ledger import Tally
from tests.e2e.burst import burst
from tests.e2e.checkout import Checkout, Result
from tests.e2e.cluster import Cluster
from tests.e2e.counts import FROM_ZERO_S
from tests.e2e.sleeping import sleeper
from tests.e2e.steady import Steady
from tests.e2e.waiting import until

SLO = {"p95_ms": 12000, "error_rate": 0.001, "timeout_s": 24, "scale_up_s": 60, "scale_down_s": 60}
CARD = {"scale": {"min": 0, "max": 3, "spare": 0.2}, "slo": SLO, "size": "medium"}
MEASURED = {
    "size": "medium",
    "limits": {"cpu": "1", "memory": "1Gi"},
    "start_s": 4,
    "rps_per_replica": 4,
    "full_rps": 6,
    "outside_ms": 100,
    "response_ms": 110,
}
BODY = {"seconds": 0.1}
HELD = 6 * 24 // 2
"""What one replica answers within half of the timeout, and so what is let in before there is one."""
STEADY_RPS, STEADY_S = 10, 20
DEPLOYMENT = "/apis/apps/v1/namespaces/models/deployments/sleeper"
PODS = "/api/v1/namespaces/models/pods?labelSelector=app.kubernetes.io/name=sleeper"
FIRST_REST_S = 60
"""Beyond scale_down_s, for what an `up` leaves behind."""


@pytest.fixture(scope="module")
def outputs(checkout: Checkout, up: Result) -> Iterator[dict[str, Any]]:
    with sleeper(checkout, CARD, MEASURED) as found:
        yield found


@pytest.fixture
def at_zero(cluster: Cluster, outputs: dict[str, Any]) -> dict[str, Any]:
    """The stack's outputs, once the service has no replica."""
    seconds = until_none(cluster, SLO["scale_down_s"] + FIRST_REST_S)
    print(f"\nno replica after {seconds:.0f} s")
    return outputs


def until_none(cluster: Cluster, limit_s: float) -> float:
    """Seconds; a replica that leaves serves on, so its pod must be gone."""
    return until(lambda: not cluster.get(PODS)["items"], limit_s)


def test_fifty_at_once_from_zero_are_all_answered_in_time(cluster: Cluster, at_zero: dict[str, Any]):
    found = burst(at_zero["services"]["sleeper"], at_zero["platform"], "/sleep", BODY, 50)
    told = held(found.requests, found.replicas)
    print(f"\n{found.statuses}, slowest {found.slowest_s:.1f} s\n{json.dumps(told)}")
    assert found.statuses == {200: 50}
    assert told is not None and told["count"] == 50
    assert told["start_s"]["max"] > told["service_s"]["p50"]
    assert found.slowest_s <= FROM_ZERO_S
    ended = time.monotonic()
    until_none(cluster, SLO["scale_down_s"])
    print(f"none is left {time.monotonic() - ended:.0f} s after the last answer")


def test_callers_who_never_rest_lose_nothing_while_the_first_replica_starts_and_the_last_one_leaves(
    cluster: Cluster, at_zero: dict[str, Any]
):
    for begin in ("from none", "as the last one leaves"):
        with Steady(at_zero["services"]["sleeper"], at_zero["platform"], "/sleep", BODY, STEADY_RPS) as steady:
            time.sleep(STEADY_S)
        print(f"\n{begin}: {steady.tally}")
        assert steady.lost == []
        assert steady.tally == Tally(answered=len(steady.ledger.requests), orphans=0, doubled=0, unknown=0)
        until(lambda: not cluster.get(DEPLOYMENT)["spec"]["replicas"], SLO["scale_down_s"])


def test_past_the_bound_is_429_at_once_and_nothing_is_5xx(at_zero: dict[str, Any]):
    found = burst(at_zero["services"]["sleeper"], at_zero["platform"], "/sleep", BODY, 200)
    print(f"\n{found.statuses}, slowest {found.slowest_s:.1f} s")
    assert set(found.statuses) == {200, 429}
    assert 50 <= found.statuses[200] <= HELD + 10
    refused = [each.answered - each.sent for each in found.requests if each.status == 429 and each.answered]
    assert sorted(refused)[len(refused) // 2] <= 2
