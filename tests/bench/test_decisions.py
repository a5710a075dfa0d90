"""What is simulated of a step, and what our API server for external metrics answers."""

from pathlib import Path

import pytest

from bench.answers import IDLE, SYNC_S, Answers, Simulated, all_simulated, period_s, simulated, steps
from bench.decisions import ARMS, Measured
from bench.external_metrics import PATH, Values, answer
from bench.fleet import TARGET


@pytest.mark.parametrize(
    ("ratio", "current", "replicas", "looks"),
    [(0.5, 1, 1, 0), (1.09, 1, 1, 0), (1.2, 1, 2, 1), (2.6, 1, 3, 1), (8.0, 1, 8, 2), (30.0, 1, 10, 3), (0.5, 8, 1, 2)],
)
def test_a_step_is_answered_by_so_many_looks(ratio: float, current: int, replicas: int, looks: int):
    decided = 0.5 + 2.0 * (looks - 1) if looks else 0
    ready = decided + 1 if looks else 0
    assert simulated(ratio * TARGET, current, 0.5, 2.0) == Simulated(
        replicas=replicas, decided_s=decided, ready_s=ready
    )


def test_looks_are_spread_over_the_period():
    times = [each.decided_s for each in all_simulated([2 * TARGET] * 1000, [1] * 1000, 2.0)]
    assert min(times) < 0.01 and max(times) > 1.99 and sum(times) == pytest.approx(1000)


@pytest.mark.parametrize(("requests", "period"), [(5000, SYNC_S), (100, 10), (20, 50)])
def test_a_thousand_autoscalers_wait_for_each_other(requests: int, period: float):
    assert period_s(1000, requests) == period


def test_steps_are_alike_each_time_and_few_by_far():
    assert steps(1000) == steps(1000)
    assert 3 <= sum(total == 8 * TARGET for total in steps(1000)) <= 20
    assert any(TARGET < total < 1.1 * TARGET for total in steps(1000)), "some that the tolerance holds"


def test_an_arm_is_told_with_what_was_simulated_in_brackets():
    up, down = Answers(wrong=1), Answers()
    for decided in (1.0, 1.5, 2.0):
        up.add(decided, decided + 1, Simulated(replicas=2, decided_s=decided - 0.5, ready_s=decided))
    assert str(Measured(arm=ARMS[1], period_s=10.04, simulated_period_s=10, up=up, down=down)) == (
        "node, 100 requests a second: a look each 10.0 s (10.0)\n"
        "  up: decided p50 1.5 s (1.0), p99 2.5 s (2.0); ready p50 2.5 s (1.5), p99 3.5 s (2.5); "
        "3 as simulated, 1 otherwise\n"
        "  down: 0 as simulated, 0 otherwise"
    )


def test_a_metric_is_what_was_fed_and_each_question_counts(tmp_path: Path):
    fed = Values(tmp_path / "values", 3)
    fed.feed({0: IDLE, 1: 12.5})
    found = answer(Values(tmp_path / "values"), f"{PATH}/namespaces/default/load-1")
    assert found and found["kind"] == "ExternalMetricValueList"
    [item] = found["items"]
    assert (item["metricName"], item["value"]) == ("load-1", "12500m")
    assert fed.asked == 1


@pytest.mark.parametrize("path", ["/", "/apis", f"{PATH}/namespaces/default/load-3", f"{PATH}/namespaces/default/cpu"])
def test_there_is_nothing_else(tmp_path: Path, path: str):
    assert answer(Values(tmp_path / "values", 3), path) is None


def test_the_group_is_there_for_the_aggregator(tmp_path: Path):
    found = answer(Values(tmp_path / "values", 3), PATH)
    assert found and found["groupVersion"] == "external.metrics.k8s.io/v1beta1"
