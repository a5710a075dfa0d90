"""What is noted of new pods, from the events that an API server tells."""

from typing import Any

from loadtests.ledger import Request
from loadtests.replicas import Diary


def a_deployment(replicas: int) -> dict[str, Any]:
    return {"metadata": {"name": "embedder"}, "spec": {"replicas": replicas}}


def a_pod(name: str, *conditions: str, runs: bool = False, leaving: bool = False) -> dict[str, Any]:
    state = {"running": {}} if runs else {"waiting": {}}
    return {
        "metadata": {"name": name, **({"deletionTimestamp": "2026-11-29T02:07:00Z"} if leaving else {})},
        "status": {
            "conditions": [{"type": kind, "status": "True"} for kind in conditions]
            + [{"type": "X", "status": "False"}],
            "containerStatuses": [{"state": state}],
        },
    }


def a_start(diary: Diary, name: str, at: float) -> None:
    """A second for each stage."""
    diary.pod(at, a_pod(name))
    diary.pod(at + 1, a_pod(name, "PodScheduled"))
    diary.pod(at + 2, a_pod(name, "PodScheduled", runs=True))
    diary.pod(at + 3, a_pod(name, "PodScheduled", "Ready", runs=True))
    diary.pod(at + 9, a_pod(name, "PodScheduled", "Ready", runs=True))


def test_each_stage_is_the_moment_at_which_it_was_first_told():
    diary = Diary()
    diary.deployment(0, a_deployment(1))
    diary.deployment(30, a_deployment(2))
    a_start(diary, "new", 30.5)
    requests = [Request(i, at - 0.1, at - 0.1, at, 200, "new") for i, at in enumerate((35.0, 34.0))]
    [found] = diary.replicas([*requests, Request(2, 1, 1, 2, 503, "new")])
    stages = {"asked": 30, "created": 30.5, "scheduled": 31.5, "started": 32.5, "ready": 33.5, "answered": 34.0}
    assert dict(found.moments) == stages


def test_pods_that_serve_or_leave_when_the_run_begins_are_not_new():
    diary = Diary()
    diary.pod(0, a_pod("old", "PodScheduled", "Ready", runs=True))
    diary.pod(0, a_pod("leaving", "PodScheduled", leaving=True))
    diary.pod(70, a_pod("old", "PodScheduled", "Ready", runs=True, leaving=True))
    assert diary.replicas([]) == []


def test_a_pod_belongs_to_the_last_order_before_it():
    diary = Diary()
    for at, replicas in ((0, 1), (30, 2), (32, 3), (90, 1), (120, 2)):
        diary.deployment(at, a_deployment(replicas))
    for at in (30.1, 32.1, 120.1):
        diary.pod(at, a_pod(f"pod-{at}"))
    assert [each.asked for each in diary.replicas([])] == [30, 32, 120]


def test_a_pod_that_is_heard_of_just_before_its_order_still_has_it():
    diary = Diary()
    diary.deployment(0, a_deployment(1))
    diary.pod(29.9, a_pod("new"))
    diary.deployment(30, a_deployment(2))
    assert [(each.asked, each.created) for each in diary.replicas([])] == [(29.9, 29.9)]


def test_a_pod_that_never_starts_has_the_stages_it_came_to():
    diary = Diary()
    diary.pod(5, a_pod("stuck", "PodScheduled"))
    [found] = diary.replicas([])
    assert found.moments == [("created", 5), ("scheduled", 5)]
