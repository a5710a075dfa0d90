"""One pass takes a whole stack as far as it can come, the next writes nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from airgap.kubernetes_provider.cluster import Object
from components.cluster import aws as components_aws
from tests.doubles.clusters.controllers import ADDONS, PLAYS
from tests.doubles.clusters.nodes import EKS, KARPENTER
from tests.doubles.clusters.played import Played
from tests.doubles.clusters.test_gateways import a_class, a_gateway, a_proxy, run_pods
from tests.doubles.clusters.test_nodes import a_class as a_node_class
from tests.doubles.clusters.test_nodes import a_pool
from tests.doubles.clusters.test_routes import a_policy, a_route
from tests.doubles.clusters.test_scaling import a_scaled_object, shop

pytestmark = pytest.mark.cluster

Tidy = Callable[[Object], Object]

__all__ = ["shop"]


class Counting:
    """Counts what is written."""

    def __init__(self, played: Played, monkeypatch: pytest.MonkeyPatch):
        self.writes: list[str] = []
        before = played.cluster.request

        def request(method: str, path: str, *more: Any, **named: Any) -> bytes:
            if method != "GET":
                self.writes.append(f"{method} {path}")
            return before(method, path, *more, **named)

        monkeypatch.setattr(played.cluster, "request", request)


@pytest.fixture
def stack(aws: Played, shop: Object, tidy: Tidy) -> list[Object]:
    aws.pass_()
    service = {"type": "LoadBalancer", "loadBalancerClass": components_aws.LOAD_BALANCER_CLASS, "ports": [{"port": 80}]}
    made = [
        a_node_class(aws), a_pool(aws), a_class(aws), a_proxy(aws), a_gateway(aws),
        aws.make("v1", "Service", "shop", spec={"ports": [{"port": 80}]}),
        aws.make("v1", "Service", "open", spec=service),
        aws.make("v1", "Service", "refused", spec={**service, "loadBalancerClass": "other"}),
        a_policy(aws), a_route(aws), a_scaled_object(aws),
    ]  # fmt: skip
    return [tidy(each) for each in made]


def test_one_pass_brings_all_but_what_pods_have_to_do(aws: Played, stack: list[Object]):
    aws.pass_()
    for each in stack:
        if each["kind"] in ("NodeClass", "NodePool", "ScaledObject"):
            assert aws.told(each)["Ready"][0] == "True", each["kind"]
    [gateway] = [each for each in stack if each["kind"] == "Gateway"]
    [route] = [each for each in stack if each["kind"] == "HTTPRoute"]
    [policy] = [each for each in stack if each["kind"] == "BackendTrafficPolicy"]
    assert aws.status(route)["parents"] and aws.status(policy)["ancestors"]
    assert aws.told(gateway)["Programmed"][0] == "False"
    run_pods(aws, gateway)
    aws.pass_()
    assert aws.told(gateway)["Programmed"][0] == "True"


def test_a_pass_in_which_nothing_changed_writes_nothing(
    aws: Played, stack: list[Object], monkeypatch: pytest.MonkeyPatch
):
    [gateway] = [each for each in stack if each["kind"] == "Gateway"]
    aws.pass_()
    run_pods(aws, gateway)
    aws.pass_(times=2)
    counting = Counting(aws, monkeypatch)
    aws.pass_(times=2)
    assert counting.writes == []


def test_whatever_is_not_played_stays_as_it_is(aws: Played, stack: list[Object]):
    aws.pass_(*PLAYS["aws"])
    kinds = [each for each in stack if each["kind"] in ("NodeClass", "NodePool", "ScaledObject")]
    assert [aws.status(each) for each in kinds] == [{}, {}, {}]


def test_both_clouds_play_what_our_stacks_install():
    assert ADDONS.keys() < PLAYS["aws"].keys() and ADDONS.keys() < PLAYS["gcp"].keys()
    assert {"NodeClass", "NodePool", "Service"} < PLAYS["aws"].keys() and "NodePool" not in PLAYS["gcp"]


def test_a_cluster_of_google_serves_no_kind_of_amazon(gcp: Played, monkeypatch: pytest.MonkeyPatch):
    asked: list[str] = []
    before = gcp.cluster.request
    monkeypatch.setattr(
        gcp.cluster,
        "request",
        lambda method, path, *more, **named: asked.append(path) or before(method, path, *more, **named),
    )
    gcp.pass_()
    assert not [each for each in asked if EKS.partition("/")[0] in each or KARPENTER.partition("/")[0] in each]
