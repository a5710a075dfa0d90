"""Each control breaks one part, names the clause that must see it, and leaves a real API server as it was."""

import json
from typing import Any

import pytest

from loadtests.__main__ import Sabotage as Choice
from loadtests.clauses import Clause
from loadtests.evidence import Evidence
from loadtests.sabotage import SABOTAGES, Control, outcome
from loadtests.sabotage.parts import MARK, UNDO
from loadtests.sabotage.scaler import PAUSED
from loadtests.target import Refused
from loadtests.verdict import CLAUSES, Verdict
from loadtests.watcher import Cluster as Watched
from loadtests.watcher import rolled_out
from tests.components.samples import a_card
from tests.loadtests import standin
from tests.loadtests.samples import an_evidence
from tests.support.api_server import ApiServer


@pytest.fixture
def control(with_scaled_objects: ApiServer, cluster: standin.Cluster) -> Control:
    return Control(Watched(with_scaled_objects.kubeconfig, "tests"), cluster.namespace, a_card())


def a_verdict(*failing: str, obstacles: tuple[str, ...] = ()) -> Verdict:
    clauses = [Clause(name=each, passed=each not in failing, detail="", limit="") for each in ("scaled-up", "vectors")]
    return Verdict(clauses=tuple(clauses), obstacles=obstacles)


def kept(found: dict[str, Any]) -> tuple[Any, ...]:
    """What a sabotage must not change for good: the wish, and which manager owns which field of it."""
    meta = found["metadata"]
    owners = [each for each in meta["managedFields"] if "subresource" not in each]
    return found["spec"], meta.get("annotations", {}), owners


def test_the_command_line_offers_each():
    assert [each.value for each in Choice] == list(SABOTAGES)


def test_each_names_a_clause_of_the_verdict(tmp_path):
    run: Evidence = an_evidence(tmp_path)
    assert {each.clause for each in SABOTAGES.values()} <= {clause(run).name for clause in CLAUSES} | {"void"}


@pytest.mark.parametrize(
    ("name", "verdict", "told"),
    [
        ("garbage", a_verdict("vectors"), "control garbage failed as it must: vectors"),
        ("garbage", a_verdict("vectors", "scaled-up"), "control garbage failed as it must: vectors"),
        ("garbage", a_verdict("scaled-up"), "control garbage failed, but not for its own reason: vectors"),
        (
            "garbage",
            a_verdict("vectors", obstacles=("x",)),
            "control garbage failed, but not for its own reason: vectors",
        ),
        ("garbage", a_verdict(), "control garbage PASSED, and vectors must fail: the verdict cannot be trusted"),
        (
            "slow-generator",
            a_verdict(obstacles=("the generator used 80% of a core",)),
            "control slow-generator failed as it must: void",
        ),
        (
            "slow-generator",
            a_verdict(obstacles=("the watcher saw nothing for 9 s",)),
            "control slow-generator failed, but not for its own reason: void",
        ),
    ],
)
def test_the_outcome_tells_whether_it_failed_for_its_own_reason(name: str, verdict: Verdict, told: str):
    assert outcome(name, verdict) == told


@pytest.mark.cluster
@pytest.mark.parametrize("name", ["no-scaler", "wrong-metric", "target-x10"])
def test_a_broken_scaler_is_put_back_down_to_who_owns_which_field(
    control: Control, cluster: standin.Cluster, name: str
):
    cluster.annotate({"mine": "kept"})
    before = kept(cluster.scaled_object())
    control.apply(name)
    broken = cluster.scaled_object()
    assert broken["metadata"]["annotations"].keys() >= {MARK, UNDO}
    assert kept(broken)[0] != before[0] or PAUSED in broken["metadata"]["annotations"]
    control.take_back()
    control.take_back()
    assert kept(cluster.scaled_object()) == before


@pytest.mark.cluster
def test_the_questions_are_broken_as_the_name_says(control: Control, cluster: standin.Cluster):
    asked, schedule = [each["metadata"] for each in cluster.scaled_object()["spec"]["triggers"]]
    for name, wanted in (
        ("wrong-metric", {**asked, "query": 'sum(in_flight{app="embedder-elsewhere"})'}),
        ("target-x10", {**asked, "threshold": "25"}),
    ):
        control.apply(name)
        assert [each["metadata"] for each in cluster.scaled_object()["spec"]["triggers"]] == [wanted, schedule]
        control.take_back()


@pytest.mark.cluster
def test_what_a_killed_run_left_is_taken_back_by_another_process(control: Control, cluster: standin.Cluster):
    before = kept(cluster.scaled_object())
    control.apply("target-x10")
    following = Control(control.cluster, control.namespace, control.card)
    told = following.clear_stale()
    assert told and told.startswith("the sabotage target-x10 was still there, from loadtests on ")
    assert kept(cluster.scaled_object()) == before
    assert following.clear_stale() is None


@pytest.mark.cluster
def test_a_run_killed_between_its_mark_and_its_deed_is_taken_back_too(
    control: Control, cluster: standin.Cluster, monkeypatch: pytest.MonkeyPatch
):
    before = kept(cluster.scaled_object())
    with monkeypatch.context() as patched:
        patched.setattr(SABOTAGES["wrong-metric"], "apply", lambda self: None)
        control.apply("wrong-metric")
    Control(control.cluster, control.namespace, control.card).clear_stale()
    assert kept(cluster.scaled_object()) == before


@pytest.mark.cluster
def test_slowed_replicas_get_their_probe_back(control: Control, cluster: standin.Cluster):
    apps, where = cluster.apps, (standin.NAME, cluster.namespace)
    before = json.loads(apps.read_namespaced_deployment(*where, _preload_content=False).data)
    control.apply("slow-start")  # the stand-in's kubelet readies whatever pod there is
    [probe] = _probes(control)
    assert probe["initialDelaySeconds"] == 40
    assert rolled_out(control.cluster.deployment(control.namespace, standin.NAME))
    control.take_back()
    after = json.loads(apps.read_namespaced_deployment(*where, _preload_content=False).data)
    owners = [
        [
            each
            for each in found["metadata"]["managedFields"]
            if "subresource" not in each and each["manager"] != "kube-controller-manager"
        ]
        for found in (before, after)
    ]
    assert after["spec"]["template"] == before["spec"]["template"]
    assert owners[1] == owners[0]


@pytest.mark.cluster
def test_the_pod_that_answers_garbage_is_a_replica_in_all_but_its_program(control: Control, cluster: standin.Cluster):
    control.apply("garbage")
    [pod] = cluster.core.list_namespaced_pod(cluster.namespace, label_selector="tradewind.dev/sabotage").items
    assert pod.metadata.labels["app.kubernetes.io/name"] == standin.NAME
    assert pod.spec.containers[0].image == "none"
    assert pod.spec.containers[0].command[:2] == ["python", "-c"]
    assert not pod.metadata.owner_references, "no ReplicaSet may take it for its own"
    control.take_back()
    left = cluster.core.list_namespaced_pod(cluster.namespace, label_selector="tradewind.dev/sabotage").items
    assert all(each.metadata.deletion_timestamp for each in left)


@pytest.mark.cluster
def test_a_deployment_without_a_scaler_cannot_be_sabotaged(control: Control):
    control.card = a_card(name="other")
    with pytest.raises(Refused, match=r"no ScaledObject in .* scales other: nothing to sabotage. To fix: make up"):
        control.apply("no-scaler")


def _probes(control: Control) -> list[dict[str, Any]]:
    template = control.cluster.deployment(control.namespace, standin.NAME)["spec"]["template"]
    return [each["startupProbe"] for each in template["spec"]["containers"]]
