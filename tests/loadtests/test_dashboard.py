"""The Grafana dashboard asks for series that the stack's Prometheus has, and its questions have answers."""

import itertools
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from airgap import debian
from components.addons.prometheus import BENTO_METRICS, ENVOY_METRICS
from components.service.scaling import NO_TRAFFIC

ROOM = Path(__file__).parents[2] / "loadtests"
DASHBOARD: dict[str, Any] = json.loads((ROOM / "dashboard.json").read_text())
SCRAPED: dict[str, list[str]] = json.loads(Path(__file__).with_name("scraped.json").read_text())
"""Names and labels that the Prometheus of a local stack held after some requests, one of them failed."""

QUERIES = {
    f"{panel['title']}, {target['legendFormat']}": target["expr"]
    for panel in DASHBOARD["panels"]
    for target in panel["targets"]
}
SELECTOR = re.compile(r"(\w+)\{([^}]*)\}")


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_each_series_and_label_was_seen_in_a_stack_and_is_kept_by_its_scrapes(query: str):
    found = SELECTOR.findall(query)
    assert found or query.startswith("vector(")
    for name, matchers in found:
        assert set(re.findall(r"(\w+)[=!]~?", matchers)) <= set(SCRAPED[name])
        kept = {"entry": ENVOY_METRICS, "$service": BENTO_METRICS}[re.findall(r'app="([^"]+)"', matchers)[0]]
        assert name == "up" or re.fullmatch(kept, name)
    assert "endpoint" not in query or NO_TRAFFIC in query


def test_what_was_scraped_is_what_the_scrapes_keep():
    assert all(re.fullmatch(f"up|{BENTO_METRICS}|{ENVOY_METRICS}", name) for name in SCRAPED)


def test_it_is_a_dashboard_of_the_schema_that_it_names():
    """What Grafana's migrations to version 39 leave: queries and panels name their source by an object."""
    assert DASHBOARD["schemaVersion"] == 39
    assert {"title", "uid", "panels", "templating", "time", "annotations"} <= DASHBOARD.keys()
    assert "id" not in DASHBOARD, "an import takes its own"
    source = {"type": "prometheus", "uid": "${datasource}"}
    for panel in DASHBOARD["panels"]:
        assert (panel["type"], panel["datasource"]) == ("timeseries", source)
        references = [target["refId"] for target in panel["targets"]]
        assert len(set(references)) == len(references)
        assert all(target["datasource"] == source for target in panel["targets"])
        legends = {target["legendFormat"] for target in panel["targets"]}
        assert {each["matcher"]["options"] for each in panel["fieldConfig"]["overrides"]} <= legends
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_each_variable_is_declared_and_used():
    declared = {each["name"] for each in DASHBOARD["templating"]["list"]}
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(DASHBOARD["panels"])))
    assert declared == used


def test_no_panel_lies_on_another():
    cells = [
        {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        for at in (panel["gridPos"] for panel in DASHBOARD["panels"])
    ]
    assert all(not a & b for a, b in itertools.combinations(cells, 2))
    assert all(0 <= x < 24 for each in cells for x, _ in each)


ROUTE = 'app="entry",envoy_cluster_name="httproute/models/embedder/rule/0"'
CALL = 'app="embedder",endpoint="/encode"'
SERIES = {
    f'envoy_cluster_upstream_rq_xx{{{ROUTE},envoy_response_code_class="2"}}': "0+16x40",
    f'envoy_cluster_upstream_rq_xx{{{ROUTE},envoy_response_code_class="5"}}': "0+4x40",
    f'bentoml_service_request_total{{{CALL},http_response_code="200"}}': "0+16x40",
    f'bentoml_service_request_total{{{CALL},http_response_code="500"}}': "0+4x40",
    'bentoml_service_request_total{app="embedder",endpoint="/readyz",http_response_code="200"}': "0+1x40",
    **{
        f'bentoml_service_request_duration_seconds_bucket{{{CALL},le="{le}"}}': f"0+{count}x40"
        for le, count in (("0.25", 8), ("0.5", 16), ("+Inf", 16))
    },
    f"envoy_cluster_upstream_rq_active{{{ROUTE}}}": "7+0x40",
    f"envoy_cluster_upstream_rq_pending_active{{{ROUTE}}}": "2+0x40",
    f"envoy_cluster_upstream_rq_timeout{{{ROUTE}}}": "0+1x40",
    f"envoy_cluster_upstream_rq_retry{{{ROUTE}}}": "0+2x40",
    f"envoy_cluster_membership_healthy{{{ROUTE}}}": "2+0x40",
    f"envoy_cluster_membership_total{{{ROUTE}}}": "3+0x40",
    'up{app="embedder",instance="a"}': "1+0x40",
    'up{app="embedder",instance="b"}': "1+0x40",
    'up{app="embedder",instance="c"}': "0+0x40",
}
ANSWERS = {
    "Load, at the entry": 20,
    "Load, served": 16,
    "Load, failed": 4,
    "Latency in the replicas, p50": 0.25,
    "Latency in the replicas, p95": 0.475,
    "Latency in the replicas, p99": 0.495,
    "Latency in the replicas, SLO": 0.3,
    "In flight and waiting, in replicas": 7,
    "In flight and waiting, waiting at the entry": 2,
    "Replicas, scraped": 2,
    "Replicas, ready": 2,
    "Replicas, known to the entry": 3,
    "Ended otherwise, {{envoy_response_code_class}}xx": 4,
    "Ended otherwise, timed out": 1,
    "Ended otherwise, tried again": 2,
}


@pytest.mark.cluster
def test_each_question_has_its_answer_in_prometheus_own_words(tmp_path: Path):
    assert ANSWERS.keys() == QUERIES.keys()
    asked = []
    for name, query in QUERIES.items():
        expression = query.replace("$service", "embedder").replace("$slo_ms", "300")
        labels = '{envoy_response_code_class="5"}' if "{{" in name else "{}"
        # Rounded: promtool compares to the last bit.
        sample = {"labels": labels, "value": round(ANSWERS[name] * 1000)}
        asked.append({"expr": f"round(1000 * ({expression}))", "eval_time": "30s", "exp_samples": [sample]})
    series = [{"series": name, "values": values} for name, values in SERIES.items()]
    test = {"interval": "1s", "input_series": series, "promql_expr_test": asked}
    file = tmp_path / "test.yml"
    file.write_text(yaml.safe_dump({"evaluation_interval": "1s", "tests": [test]}))
    promtool = debian.unpacked(["prometheus"], print) / "usr" / "bin" / "promtool"
    verdict = subprocess.run([promtool, "test", "rules", file], capture_output=True, text=True)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr
