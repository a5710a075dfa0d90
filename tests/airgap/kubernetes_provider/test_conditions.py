"""pulumi.com/waitFor, and what counts as ready."""

import pytest

from airgap.kubernetes_provider.condition import checks
from airgap.kubernetes_provider.readiness import KINDS, Hopeless, readiness

GATE = {
    "apiVersion": "example.com/v1",
    "kind": "Gate",
    "metadata": {"name": "a", "generation": 2},
    "status": {
        "phase": "Running",
        "ready": True,
        "a.b/c": 1,
        "conditions": [{"type": "Ready", "status": "True"}, {"type": "Old", "status": "True", "observedGeneration": 1}],
    },
}


def missing(asked: str, live=GATE) -> list[str]:
    body = {"metadata": {"annotations": {"pulumi.com/waitFor": asked}}}
    return [said for check in checks(body) if (said := check(live))]


@pytest.mark.parametrize(
    "asked",
    [
        "condition=Ready",
        "condition=ready=true",
        "jsonpath={.status.phase}=Running",
        "jsonpath=.status.phase=Running",
        "jsonpath={.status.ready}=true",
        "jsonpath={.status['a.b/c']}=1",
        'jsonpath={.status.conditions[?(@.type=="Ready")].status}=True',
        "jsonpath={.status.conditions[0].status}=True",
        "jsonpath={.status.conditions[*].status}=True",
        "jsonpath={.status.phase}",
        '["condition=Ready", "jsonpath={.status.phase}"]',
    ],
)
def test_it_holds(asked):
    assert missing(asked) == []


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("condition=Programmed", "condition Programmed is not there yet"),
        ("condition=Ready=False", "condition Ready is True, not False: "),
        ("condition=Old", "condition Old is of an older version of the object"),
        ("jsonpath={.status.phase}=Done", ".status.phase is Running, not Done"),
        ("jsonpath={.status.url}", ".status.url is not there yet"),
        ("jsonpath={.status.conditions[7].status}=True", ".status.conditions[7].status is not there yet, not True"),
        ('["condition=Ready", "condition=Other"]', "condition Other is not there yet"),
    ],
)
def test_it_does_not_hold_and_says_why(asked, said):
    assert missing(asked) == [said]


def test_a_status_of_an_older_version_holds_no_condition():
    live = {**GATE, "status": {**GATE["status"], "observedGeneration": 1}}
    assert missing("condition=Ready", live) == ["condition Ready is of an older version of the object"]


@pytest.mark.parametrize("asked", ["Ready", "condition=", "jsonpath={.a[}", "jsonpath=", "[condition=Ready]"])
def test_what_is_not_understood_is_refused_with_the_fix(asked):
    with pytest.raises(ValueError, match=r"waitFor.*To fix: "):
        checks({"metadata": {"annotations": {"pulumi.com/waitFor": asked}}})


def deployment(spec=None, **status):
    return {"metadata": {"generation": 2}, "spec": {"replicas": 2, **(spec or {})}, "status": status}


def test_a_deployment_is_ready_when_all_is_updated_available_and_nothing_old_is_left():
    judge = KINDS["apps/Deployment"]
    done = {"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}
    assert judge(None, deployment(**done)) is None
    assert "controller" in judge(None, deployment(**{**done, "observedGeneration": 1}))
    assert "1 available" in judge(None, deployment(**{**done, "availableReplicas": 1}))
    assert "1 old pods left" in judge(None, deployment(**{**done, "replicas": 3}))
    assert "controller" in judge(None, deployment())
    assert judge(None, deployment({"paused": True}, observedGeneration=2)) is None


def test_a_stateful_set_waits_for_its_partition_only():
    judge = KINDS["apps/StatefulSet"]
    rolling = {
        "observedGeneration": 1,
        "readyReplicas": 3,
        "updatedReplicas": 1,
        "updateRevision": "b",
        "currentRevision": "a",
    }

    def live(strategy):
        return {"metadata": {"generation": 1}, "spec": {"replicas": 3, "updateStrategy": strategy}, "status": rolling}

    assert judge(None, live({})) == "1 of 3 pods updated"
    assert judge(None, live({"rollingUpdate": {"partition": 2}})) is None
    assert judge(None, live({"type": "OnDelete"})) is None


def test_what_has_failed_is_hopeless():
    failed = {"conditions": [{"type": "Failed", "status": "True", "message": "backoff limit"}]}
    with pytest.raises(Hopeless, match="backoff limit"):
        KINDS["batch/Job"](None, {"spec": {}, "status": failed})
    with pytest.raises(Hopeless, match="Evicted"):
        KINDS["/Pod"](None, {"status": {"phase": "Failed", "reason": "Evicted"}})
    taken = {"conditions": [{"type": "NamesAccepted", "status": "False", "message": "plural is taken"}]}
    with pytest.raises(Hopeless, match="plural is taken"):
        KINDS["apiextensions.k8s.io/CustomResourceDefinition"](None, {"spec": {}, "status": taken})


def test_a_kind_of_another_group_is_not_awaited():
    assert readiness({"apiVersion": "serving.knative.dev/v1", "kind": "Service", "metadata": {}}) is None
    assert readiness({"apiVersion": "v1", "kind": "Service", "metadata": {}}) is not None
