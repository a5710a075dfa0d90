"""What a preview foresees, by room."""

import json
import subprocess

import pytest

from airgap.errors import SetupError
from commands import plan

ROOT = {"urn": "root", "type": "pulumi:pulumi:Stack"}
NETWORK = {"urn": "network", "type": "tradewind:network:AwsNetwork", "parent": "root"}


def a_step(op: str, urn: str, parent: str = "network", **more: object) -> dict[str, object]:
    state = {"urn": urn, "type": "aws:ec2/subnet:Subnet", "custom": True, "parent": parent}
    return {"op": op, "urn": urn, "newState": state, **more}


def test_changes_are_counted_by_the_room_around_them():
    deleted = {**a_step("delete", "c"), "oldState": a_step("delete", "c")["newState"], "newState": None}
    steps = [
        {"op": "create", "urn": "root", "newState": ROOT},
        {"op": "create", "urn": "network", "newState": NETWORK},
        a_step("create", "a"),
        a_step("create", "b"),
        a_step("update", "d", parent="root"),
        a_step("same", "e"),
        deleted,
    ]
    assert plan.by_room(steps, []) == {"network": {"make": 2, "delete": 1}, "platform": {"change": 1}}


def test_rooms_that_stay_as_they_are_are_known_from_the_state():
    assert plan.by_room([a_step("create", "a")], [ROOT, NETWORK]) == {"network": {"make": 1}}


def test_a_preview_that_fails_says_the_errors_and_no_json(monkeypatch: pytest.MonkeyPatch):
    diagnostics = [
        {"severity": "warning", "message": "deprecated"},
        {"severity": "error", "message": "stacks/Pulumi.lab.yaml: region must be one of eu-west-1\n"},
    ]
    said = json.dumps({"steps": [], "diagnostics": diagnostics})
    monkeypatch.setattr(
        plan, "answer", lambda *_, **__: subprocess.CompletedProcess([], 255, said, "error: preview failed")
    )
    with pytest.raises(SetupError) as error:
        plan.preview("lab")
    assert str(error.value).startswith("stack lab: stacks/Pulumi.lab.yaml: region must be one of eu-west-1 To fix: ")


def test_a_preview_that_never_began_says_why(monkeypatch: pytest.MonkeyPatch):
    words = "error: incorrect passphrase"
    monkeypatch.setattr(plan, "answer", lambda *_, **__: subprocess.CompletedProcess([], 255, "", words))
    with pytest.raises(SetupError, match="stack lab: error: incorrect passphrase"):
        plan.preview("lab")


def test_what_the_policy_pack_refuses_is_told_though_json_has_no_word_of_it(monkeypatch: pytest.MonkeyPatch):
    told = (
        "Previewing update (lab):\nPolicies:\n    - [mandatory] ecr-tags-immutable\n      An ECR repository must refuse"
    )

    def answer(stack: str, *words: str, **_) -> subprocess.CompletedProcess[str]:
        json_too = "--json" in words
        return subprocess.CompletedProcess(
            [], 255, '{"diagnostics": []}' if json_too else told, "error: preview failed"
        )

    monkeypatch.setattr(plan, "answer", answer)
    with pytest.raises(SetupError, match=r"(?s)stack lab: Policies:.*ecr-tags-immutable"):
        plan.preview("lab")
