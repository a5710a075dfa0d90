"""What a preview says of a release that would fail, and that our stacks' own releases are of what is published."""

from typing import Any

import pytest

from components.addons import charts as ours
from provider.protocol import UNKNOWN, Values
from tests.doubles.kubernetes import charts
from tests.doubles.kubernetes.conftest import GATEWAY, KEDA, a_release
from tests.doubles.kubernetes.provider import Rehearsed


def failures(inputs: dict[str, Any]) -> dict[str, str]:
    return dict(Rehearsed().check(a_release(inputs)).failures)


@pytest.mark.parametrize("chart", [ours.KEDA, ours.ENVOY_GATEWAY, ours.PROMETHEUS], ids=lambda each: each.chart)
def test_the_charts_of_our_stacks_are_published_so(chart: ours.Chart):
    published = charts.CHARTS[chart.chart]
    assert (chart.version, chart.repository) == (published.version, published.repository)


def test_a_release_as_our_stacks_write_it_passes():
    checked = Rehearsed().check(
        a_release({**KEDA, "atomic": True, "cleanupOnFail": True, "timeout": 600, "values": None})
    )
    assert not checked.failures
    assert checked.inputs.plain["namespace"] == "default" and "values" not in checked.inputs.plain
    assert failures({**GATEWAY, "values": {"deployment": {"replicas": 2}, "global": {}}}) == {}


@pytest.mark.parametrize(
    ("spoilt", "path", "said"),
    [
        ({"chart": None}, "chart", "is required, and missing"),
        ({"chart": "redis"}, "chart", "no double for the chart 'redis'. To fix: add it to"),
        ({"chart": "kedacore/keda"}, "chart", "no double for the chart 'kedacore/keda'"),
        ({"version": "2.18"}, "version", "chart 'keda' version '2.18' not found in https://kedacore.github.io/charts"),
        ({"version": None}, "version", "no double for the newest 'keda'. To fix: pin 2.18.0"),
        ({"repositoryOpts": {"repo": "https://charts.bitnami.com"}}, "repositoryOpts.repo", "is published at https://kedacore"),
        ({"repositoryOpts": None}, "repositoryOpts.repo", "is published at https://kedacore"),
        ({"repositoryOpts": {"url": "x"}}, "repositoryOpts.url", "is no property of this type"),
        ({"name": "k" * 54}, "name", "the length must not be longer than 53"),
        ({"name": "Keda"}, "name", "invalid release name, must match regex"),
        ({"name": None}, "name", "no double for a release without a name"),
        ({"values": {"operatr": {}}}, "values.operatr", "the chart 'keda' 2.18.0 has no such value"),
        ({"values": "a: b"}, "values", "must be a map"),
        ({"maxHistory": "3"}, "maxHistory", "must be a number"),
        ({"maxhistory": 3}, "maxhistory", "is no property of this type"),
        ({"createNamespace": True}, "createNamespace", "no double for this property. To fix: leave it out"),
    ],
)  # fmt: skip
def test_a_preview_refuses(spoilt: dict[str, Any], path: str, said: str):
    [(where, why)] = failures({**KEDA, **spoilt}).items()
    assert where == path and said in why


def test_values_of_a_chart_in_a_module_are_those_of_the_module():
    assert list(failures({**GATEWAY, "values": {"deployments": {}, "certgen": {}}})) == ["values.deployments"]


def test_what_a_preview_does_not_know_passes():
    unknown = {"version": UNKNOWN, "values": UNKNOWN, "name": UNKNOWN, "repositoryOpts": UNKNOWN, "namespace": UNKNOWN}
    assert failures({**KEDA, **unknown}) == {}
    assert failures({"chart": UNKNOWN, "name": "x"}) == {}


def test_a_preview_asks_no_cluster():
    made = Rehearsed().create(a_release(KEDA, "keda", preview=True))
    assert made.id == "" and made.state.plain["status"] is UNKNOWN and made.state.plain["resourceNames"] is UNKNOWN


def test_another_name_or_namespace_is_another_release():
    def replaced(**changes: Any) -> set[str]:
        wanted = a_release({**KEDA, **changes}, old_inputs=Values({**KEDA, "namespace": "keda"}), id="keda/keda")
        return {str(path[0]) for path in Rehearsed().diff(wanted).replaces}

    assert replaced(name="other", namespace="keda") == {"name"}
    assert replaced(namespace="default") == {"namespace"}
    assert replaced(namespace="keda", values={"logging": {}}) == set()
    assert replaced(namespace="keda", version="2.19.0") == set()
