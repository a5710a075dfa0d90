"""The scaler's question, answered by Prometheus' own promtool."""

import subprocess
from pathlib import Path

import pytest
import yaml

from airgap import debian
from components.planning.signals import Mean
from components.service.scaling import mean_query, now_query
from tests.components.samples import a_capacity, a_card

pytestmark = pytest.mark.cluster

SERVICE_S = 1 / 32  # with the rates below exact in binary, since promtool compares to the last bit
DURATION = "bentoml_service_request_duration_seconds"
MEAN = mean_query(a_card(), a_capacity(response_ms=SERVICE_S * 1000), Mean("mean", window_s=10, target=1))


def answered(
    tmp_path: Path, series: dict[str, str], expected: float, query: str = MEAN
) -> subprocess.CompletedProcess[str]:
    """promtool's verdict on `expected` half a minute into series that are scraped each second."""
    test = {
        "interval": "1s",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [{"expr": query, "eval_time": "30s", "exp_samples": [{"labels": "{}", "value": expected}]}],
    }
    file = tmp_path / "test.yml"
    file.write_text(yaml.safe_dump({"evaluation_interval": "1s", "tests": [test]}))
    promtool = debian.unpacked(["prometheus"], print) / "usr" / "bin" / "promtool"
    return subprocess.run([promtool, "test", "rules", file], capture_output=True, text=True)


def traffic(pod: str, rate: float, mean_s: float) -> dict[str, str]:
    labels = f'{{app="embedder",endpoint="/encode",instance="{pod}"}}'
    return {f"{DURATION}_sum{labels}": f"0+{rate * mean_s:g}x40", f"{DURATION}_count{labels}": f"0+{rate:g}x40"}


@pytest.mark.parametrize(
    ("mean_s", "expected"),
    [(1 / 16, 2.5), (SERVICE_S, 1.25), (1 / 128, 1.25)],
    ids=["requests that wait count as long as they are there", "as measured", "a quick day lets no replica go"],
)
def test_the_mean_of_two_replicas_at_forty_a_second(tmp_path: Path, mean_s: float, expected: float):
    verdict = answered(tmp_path, traffic("a", 24, mean_s) | traffic("b", 16, mean_s), expected)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr


def at_entry(service: str, active: int, pending: int) -> dict[str, str]:
    labels = f'{{app="entry",envoy_cluster_name="httproute/models/{service}/rule/0"}}'
    gauges = {"active": active, "pending_active": pending, "pending_total": 900}
    return {f"envoy_cluster_upstream_rq_{name}{labels}": f"{value}+0x40" for name, value in gauges.items()}


def test_what_waits_at_the_entry_counts_in_both_signals_and_only_for_its_service(tmp_path: Path):
    waiting = at_entry("embedder", 24, 36) | at_entry("embedder-2", 5, 70) | traffic("a", 24, 1.0)
    for query, expected in ((now_query(a_card()), 60), (MEAN, 24 + 36)):
        verdict = answered(tmp_path, waiting, expected, query)
        assert verdict.returncode == 0, verdict.stdout + verdict.stderr


def test_before_the_first_request_nothing_is_in_flight(tmp_path: Path):
    verdict = answered(tmp_path, at_entry("other", 24, 36), 0, now_query(a_card()))
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr


def test_before_the_first_request_the_mean_is_nought(tmp_path: Path):
    probes = {f'{DURATION}_count{{app="embedder",endpoint="/readyz"}}': "0+1x40"}
    verdict = answered(tmp_path, probes, 0)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr
