"""ScaledObjects, as KEDA would answer for them: sound ones are ready and have an autoscaler, others say what is wrong."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from airgap.kubernetes_provider.cluster import Object
from components.service.scaling import scaled_object_spec
from provider.protocol import InitFailed
from tests.components.samples import a_capacity, a_card
from tests.doubles.clusters.conftest import LABELS
from tests.doubles.clusters.played import Played
from tests.doubles.clusters.scaling import AUTOSCALING, KEDA
from tests.doubles.kubernetes.history import standing

pytestmark = pytest.mark.cluster

STUCK = {"policies": [{"type": "Pods", "value": 0, "periodSeconds": 5}]}
"""No step down at all, which an autoscaler may not be told in this way."""

Tidy = Callable[[Object], Object]


def spec_of(played: Played, target: str = "shop", **spoilt: Any) -> dict[str, Any]:
    """As a service of our stack has it."""
    spec = scaled_object_spec(a_card(), a_capacity(), f"http://prometheus.{played.namespace}.svc.cluster.local:9090")
    return {**spec, "scaleTargetRef": {"name": target}, **spoilt}


def a_scaled_object(played: Played, name: str = "shop", **spoilt: Any) -> Object:
    return played.make(KEDA, "ScaledObject", name, spec=spec_of(played, **spoilt))


def trigger(played: Played, **spoilt: Any) -> dict[str, Any]:
    [first, *_] = spec_of(played)["triggers"]
    return {"triggers": [{**first, **spoilt, "metadata": {**first["metadata"], **spoilt.get("metadata", {})}}]}


@pytest.fixture
def shop(aws: Played, tidy: Tidy) -> Object:
    pod = {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "main", "image": "shop:1"}]}}
    spec = {"replicas": 2, "selector": {"matchLabels": LABELS}, "template": pod}
    return tidy(aws.make("apps/v1", "Deployment", "shop", spec=spec))


def autoscalers(played: Played) -> list[Object]:
    return played.cluster.list(AUTOSCALING, "HorizontalPodAutoscaler", played.namespace)


@pytest.fixture
def alone(aws: Played, shop: Object) -> Played:
    """The garbage collector may be a moment behind the test before."""
    deadline = time.monotonic() + 30
    while autoscalers(aws):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return aws


def test_one_of_our_stack_is_ready_and_has_an_autoscaler(alone: Played, tidy: Tidy):
    made = tidy(a_scaled_object(alone))
    alone.pass_()
    assert alone.told(made) == {
        "Ready": ("True", "ScaledObjectReady"),
        "Active": ("False", "ScalerNotActive"),
        "Fallback": ("False", "NoFallbackFound"),
    }
    status = alone.status(made)
    assert status["scaleTargetKind"] == "apps/v1.Deployment" and status["originalReplicaCount"] == 2
    assert (
        status["externalMetricNames"] == ["s0-prometheus", "s1-prometheus", "s2-prometheus"]
        and status["hpaName"] == "keda-hpa-shop"
    )
    [hpa] = autoscalers(alone)
    spec, card = hpa["spec"], a_card()
    assert (spec["minReplicas"], spec["maxReplicas"]) == (card.scale.min, card.scale.max)
    assert spec["scaleTargetRef"]["name"] == "shop" and spec["behavior"]["scaleUp"]["stabilizationWindowSeconds"] == 0
    targets = [each["external"]["target"]["averageValue"] for each in spec["metrics"]]
    assert targets[0] == made["spec"]["triggers"][0]["metadata"]["threshold"] and len(targets) == 3


def test_the_autoscaler_follows_the_scaled_object_and_goes_with_it(alone: Played):
    made = a_scaled_object(alone)
    alone.pass_()
    a_scaled_object(alone, minReplicaCount=3)
    alone.pass_()
    assert autoscalers(alone)[0]["spec"]["minReplicas"] == 3
    alone.end(made)
    deadline = time.monotonic() + 30
    while autoscalers(alone):
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [
        ({"target": "none"}, 'correct scaleTargetRef specification: deployments.apps "none" not found'),
        ({"minReplicaCount": 9, "maxReplicaCount": 3}, "MinReplicaCount=9 must be less than MaxReplicaCount=3"),
        (
            {"advanced": {"horizontalPodAutoscalerConfig": {"behavior": {"scaleDown": STUCK}}}},
            "created for ScaledObject: ",
        ),
        ({"trigger": {"type": "promtheus"}}, "no scaler found for type: promtheus"),
        ({"trigger": {"metadata": {"query": ""}}}, 'missing required parameter "query" in [triggerMetadata]'),
        ({"trigger": {"metadata": {"threshold": "ten"}}}, 'unable to set param "threshold" value "ten"'),
    ],
)
def test_what_is_unsound_is_told(alone: Played, tidy: Tidy, spoilt: dict[str, Any], said: str):
    whole = trigger(alone, **spoilt["trigger"]) if "trigger" in spoilt else spoilt
    made = tidy(a_scaled_object(alone, **whole))
    alone.pass_()
    assert alone.told(made)["Ready"] == ("False", "ScaledObjectCheckFailed")
    assert said in alone.message(made, "Ready") and said in alone.events(made)[0]
    assert autoscalers(alone) == []


def test_two_triggers_of_one_name_are_refused(alone: Played, tidy: Tidy):
    [one] = trigger(alone)["triggers"]
    made = tidy(a_scaled_object(alone, triggers=[one, one]))
    alone.pass_()
    assert "is defined multiple times" in alone.message(made, "Ready")


@pytest.mark.parametrize("address", ["http://prometheus.{}.svc:9091", "http://prom.{}.svc.cluster.local:9090"])
def test_an_address_where_nobody_answers_is_told(alone: Played, tidy: Tidy, address: str):
    where = {"serverAddress": address.format(alone.namespace)}
    made = tidy(a_scaled_object(alone, **trigger(alone, metadata=where)))
    alone.pass_()
    assert alone.told(made)["Ready"] == ("False", "TriggerError")
    assert "error requesting metrics endpoint: no Service" in alone.events(made)[0]


def test_an_address_outside_the_cluster_is_believed(alone: Played, tidy: Tidy):
    made = tidy(a_scaled_object(alone, **trigger(alone, metadata={"serverAddress": "https://metrics.example.com"})))
    alone.pass_()
    assert alone.told(made)["Ready"][0] == "True"


def test_processors_are_a_trigger_too(alone: Played, tidy: Tidy):
    cpu = {"type": "cpu", "metricType": "Utilization", "metadata": {"value": "70"}}
    made = tidy(a_scaled_object(alone, triggers=[cpu]))
    alone.pass_()
    assert alone.told(made)["Ready"][0] == "True" and alone.status(made)["externalMetricNames"] == []
    [metric] = autoscalers(alone)[0]["spec"]["metrics"]
    assert metric["resource"] == {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}


def test_a_workload_has_one_scaler(alone: Played, tidy: Tidy):
    first = tidy(a_scaled_object(alone, "first"))
    alone.pass_()
    second = tidy(a_scaled_object(alone, "second"))
    alone.pass_()
    assert alone.told(first)["Ready"][0] == "True"
    assert alone.told(second)["Ready"] == ("False", "ScaledObjectCheckFailed")
    said = "the workload 'shop' of type 'apps/v1.Deployment' is already managed by the ScaledObject 'first'"
    assert alone.message(second, "Ready") == said


def test_a_workload_with_an_autoscaler_of_its_own_takes_no_second(alone: Played, tidy: Tidy):
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "shop"}
    spec = {"scaleTargetRef": reference, "minReplicas": 1, "maxReplicas": 2}
    tidy(alone.make(AUTOSCALING, "HorizontalPodAutoscaler", "mine", spec=spec))
    made = tidy(a_scaled_object(alone))
    alone.pass_()
    assert alone.message(made, "Ready").endswith("is already managed by the hpa 'mine'")


def test_nothing_happens_while_keda_is_not_installed(alone: Played, tidy: Tidy):
    [release] = standing(alone.cluster, "keda")
    path = alone.cluster.path("v1", "Secret", release.namespace, release.secret)
    made = tidy(a_scaled_object(alone))

    def mark(status: str) -> None:
        body = {"metadata": {"labels": {"status": status}}}
        alone.cluster.request("PATCH", path, body=body, content_type="application/merge-patch+json")

    mark("pending-install")
    alone.pass_()
    mark("deployed")
    assert alone.status(made) == {} and autoscalers(alone) == []


def test_one_that_nobody_scales_is_named_by_our_provider(alone: Played):
    said = alone.awaited(KEDA, "ScaledObject", {"pulumi.com/waitFor": "condition=Ready"}, spec_of(alone))
    assert "condition Ready is not there yet" in said


def test_what_our_provider_says_of_an_unsound_one_is_kedas_reason(alone: Played):
    with alone.playing(), pytest.raises(InitFailed, match='"query" in'):
        wait = {"pulumi.com/waitFor": "condition=Ready"}
        spec = spec_of(alone, **trigger(alone, metadata={"query": ""}))
        alone.create(KEDA, "ScaledObject", wait, spec, timeout=2)
    alone.cluster.delete(KEDA, "ScaledObject", alone.namespace, "awaited", "Background")
