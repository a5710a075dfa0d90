"""What goes into the state, what a preview knows, what counts as drift."""

import base64
import importlib.util
import json
from pathlib import Path

import pytest

from airgap.kubernetes_provider import drift, manifests, unsupported
from airgap.kubernetes_provider.objects import body_of, foreseen, outputs
from airgap.kubernetes_provider.provider import VERSION, Kubernetes
from provider.protocol import UNKNOWN, Resource, Values

MANAGED = [
    {"manager": "me", "operation": "Apply", "time": "T1"},
    {"manager": "me", "operation": "Apply", "time": "T2", "subresource": "status"},
    {"manager": "other", "operation": "Update", "time": "T3"},
]


def test_the_version_is_the_one_that_the_installed_sdk_asks_for():
    spec = importlib.util.find_spec("pulumi_kubernetes")
    assert spec and spec.origin
    assert json.loads(Path(spec.origin).with_name("pulumi-plugin.json").read_text())["version"] == VERSION


def test_the_state_holds_the_object_without_its_managed_fields():
    live = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "a", "managedFields": MANAGED},
        "data": {"a": "b"},
    }
    state = outputs(live, Values({"apiVersion": "v1"}), "me")
    assert state.plain["metadata"] == {"name": "a"}
    assert (state.plain["__fieldManager"], state.plain["__applied"], state.plain["__initialApiVersion"]) == (
        "me",
        "T1",
        "v1",
    )
    assert body_of(state) == {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"a": "b"}}


def test_a_secret_is_secret_wherever_the_server_puts_it():
    inputs = Values({"spec": {"args": ["x", "hunter22"]}}, frozenset({("spec", "args", 1)}))
    live = {
        "metadata": {},
        "spec": {"args": ["hunter22", "x"]},
        "data": {"key": base64.b64encode(b"hunter22").decode()},
    }
    assert outputs(live, inputs, "me").secrets == {("spec", "args", 0), ("spec", "args", 1), ("data", "key")}


def test_the_data_of_a_secret_is_secret_even_when_no_input_says_so():
    live = {"kind": "Secret", "metadata": {}, "data": {"key": "YQ=="}}
    assert outputs(live, Values(), "me").secrets == {("data",)}


def test_the_state_of_a_definition_holds_no_schemas():
    live = {
        "kind": "CustomResourceDefinition",
        "metadata": {},
        "spec": {"group": "g", "versions": [{"name": "v1", "schema": {"big": 1}}]},
    }
    assert outputs(live, Values(), "me").plain["spec"] == {"group": "g", "versions": [{"name": "v1"}]}
    assert live["spec"]["versions"][0]["schema"] == {"big": 1}


def test_a_preview_leaves_open_what_the_server_decides():
    service = Values({"kind": "Service", "metadata": {"name": "a"}, "spec": {"ports": [{"port": 80}]}})
    shown = foreseen(service, None)
    assert shown["metadata"]["uid"] is UNKNOWN and shown["status"] is UNKNOWN and shown["spec"]["clusterIP"] is UNKNOWN
    assert shown["spec"]["ports"] == [{"port": 80}]
    assert "clusterIP" not in service.plain["spec"]
    headless = Values({**service.plain, "spec": {"clusterIP": "None"}})
    assert foreseen(headless, None)["spec"]["clusterIP"] == "None"


def test_drift_is_told_in_the_shape_of_the_inputs():
    inputs = Values({"kind": "X", "spec": {"memory": "0.5Gi", "size": 1, "list": [1, 2]}, "metadata": {"name": "a"}})
    wanted = {
        "kind": "X",
        "spec": {"memory": "512Mi", "size": 1, "list": [1, 2], "default": 5},
        "metadata": {"name": "a"},
    }
    same = {**wanted, "status": {"a": 1}, "metadata": {"name": "a", "resourceVersion": "9"}}
    assert drift.drifted(inputs, same, wanted) is inputs
    live = {**wanted, "spec": {**wanted["spec"], "size": 2, "list": [1, 3]}}
    assert drift.drifted(inputs, live, wanted).plain["spec"] == {"memory": "0.5Gi", "size": 2, "list": [1, 3]}


def test_string_data_of_a_secret_is_judged_by_its_data():
    inputs = Values({"kind": "Secret", "metadata": {}, "stringData": {"key": "old", "gone": "x"}})
    live = {"kind": "Secret", "metadata": {}, "data": {"key": base64.b64encode(b"new").decode()}}
    found = drift.drifted(inputs, live, None)
    assert found.plain["stringData"] == {"key": "new"} and ("stringData",) in found.secrets


def test_check_fills_in_kind_and_drops_nulls():
    resource = Resource(
        urn="a",
        name="a",
        type="kubernetes:core/v1:ConfigMap",
        inputs=Values({"metadata": {"name": "a", "labels": None}, "data": None}),
    )
    assert Kubernetes().check(resource).inputs.plain == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "a"},
    }


def test_a_custom_kind_may_end_with_patch():
    assert unsupported.reasons("EnvoyPatch", {"kind": "EnvoyPatch", "apiVersion": "example.com/v1"}) == []
    assert unsupported.reasons("ServicePatch", {"kind": "Service", "apiVersion": "v1"})[0][0] == "kind"


def test_yaml_is_read_as_kubernetes_reads_it():
    text = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: A, day: 2026-01-02}\n---\n---\napiVersion: v1\nkind: B\nmetadata: {namespace: own}\n"
    first, second = manifests.decode(text, "room")
    assert first == {"apiVersion": "v1", "kind": "A", "day": "2026-01-02", "metadata": {"namespace": "room"}}
    assert second["metadata"] == {"namespace": "own"}
    with pytest.raises(ValueError, match=r"lacks apiVersion or kind \(it holds: kind\)\. To fix: "):
        manifests.decode("kind: A")
