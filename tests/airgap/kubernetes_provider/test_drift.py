"""Changes behind the program's back, and objects that it did not make."""

import time
from dataclasses import replace

import pytest

from airgap.kubernetes_provider.errors import ApiError
from airgap.kubernetes_provider.objects import body_of, manager_of
from tests.airgap.kubernetes_provider.calls import resource

pytestmark = pytest.mark.cluster

TWO = """
core.ConfigMap("one", metadata={"name": "one"}, data={"mode": "fast"}, opts=OPTS)
core.ConfigMap("two", metadata={"name": "two"}, data={"mode": "fast"}, opts=OPTS)
core.Secret("three", metadata={"name": "three"}, string_data={"key": "hunter22"}, opts=OPTS)
batch.Job("four", metadata={"name": "four", "annotations": {"pulumi.com/skipAwait": "true"}}, opts=OPTS, spec={
    "template": {"spec": {"containers": [{"name": "main", "image": "shop:1", "resources": {"limits": {"memory": "0.5Gi"}}}],
    "restart_policy": "Never"}}})
"""


def test_refresh_sees_edits_and_deletions_and_the_next_up_undoes_them(stack, program, api_server, namespace):
    cluster = api_server.cluster
    stack.up(program(TWO))
    assert stack.refresh().changes == {"unchanged": 6}, "a stored form (0.5Gi is 512Mi) is no drift"

    api_server.patch("v1", "ConfigMap", namespace, "one", {"data": {"mode": "slow", "extra": "kept"}})
    api_server.patch("v1", "Secret", namespace, "three", {"data": {"key": "b3RoZXI="}})
    cluster.delete("v1", "ConfigMap", namespace, "two", "Background")
    assert stack.refresh().changes == {"updated": 2, "deleted": 1, "unchanged": 3}
    assert "other" not in stack.export().replace("someone-else", "")

    undone = stack.up()
    assert undone.changes == {"created": 1, "replaced": 2, "unchanged": 3}, undone.text
    assert cluster.get("v1", "ConfigMap", namespace, "one")["data"] == {"mode": "fast"}
    assert cluster.get("v1", "Secret", namespace, "three")["data"] == {"key": "aHVudGVyMjI="}


def test_a_plain_up_puts_back_what_is_gone(stack, program, api_server, namespace):
    stack.up(program(TWO))
    api_server.cluster.delete("v1", "ConfigMap", namespace, "two", "Background")
    healed = stack.up()
    assert healed.changes == {"updated": 1, "unchanged": 5}
    assert "it is gone from the cluster: it is applied again" in healed.text
    assert api_server.cluster.get("v1", "ConfigMap", namespace, "two")["data"] == {"mode": "fast"}
    assert stack.up().changes == {"unchanged": 6}


def test_an_existing_object_is_imported_read_and_then_managed(stack, program, api_server, namespace):
    api_server.create(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "there", "namespace": namespace},
            "data": {"a": "b"},
        }
    )
    spec = {"ports": [{"port": 80}], "selector": {"app": "shop"}}
    api_server.create(
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "front", "namespace": namespace}, "spec": spec}
    )
    taken = """
    there = core.ConfigMap("there", metadata={"name": "there"}, data={"a": "b"},
        opts=ResourceOptions.merge(OPTS, ResourceOptions(import_=f"{NAMESPACE}/there")))
    front = core.Service("front", metadata={"name": "front"}, spec={"ports": [{"port": 80}], "selector": {"app": "shop"}},
        opts=ResourceOptions.merge(OPTS, ResourceOptions(import_=f"{NAMESPACE}/front")))
    read = core.Service.get("read", f"{NAMESPACE}/front", opts=OPTS)
    pulumi.export("ip", read.spec.cluster_ip)
    """
    imported = stack.up(program(taken))
    assert imported.changes["imported"] == 2, imported.text
    live = api_server.cluster.get("v1", "Service", namespace, "front")
    assert stack.outputs()["ip"] == live["spec"]["clusterIP"]
    assert live["metadata"]["managedFields"][0]["manager"] == "someone-else", "an import writes nothing"
    assert "updated" not in stack.up().changes

    changed = program(taken).replace('"app": "shop"', '"app": "store"')
    refused = stack.up(changed, fails=True)
    assert ".spec.selector" in refused.text and "someone-else" in refused.text and "patchForce" in refused.text
    stack.up(
        changed.replace(
            'metadata={"name": "front"}',
            'metadata={"name": "front", "annotations": {"pulumi.com/patchForce": "true", "pulumi.com/skipAwait": "true"}}',
        )
    )
    assert api_server.cluster.get("v1", "Service", namespace, "front")["spec"]["selector"] == {"app": "store"}


def test_an_object_of_someone_else_is_not_taken_by_accident(stack, program, api_server, namespace):
    api_server.create(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "one", "namespace": namespace},
            "data": {"a": "b"},
        }
    )
    for attempt in (stack.preview, stack.up):
        refused = attempt(program(TWO), fails=True)
        assert "ConfigMap one is in the cluster already, and not from this resource. To fix: " in refused.text
    assert api_server.cluster.get("v1", "ConfigMap", namespace, "one")["data"] == {"a": "b"}


def test_a_delete_waits_for_finalizers_and_names_them_when_it_gives_up(stack, program, api_server, namespace):
    text = """
    core.ConfigMap("held", metadata={"name": "held", "finalizers": ["example.com/hold"]}, data={"a": "b"},
        opts=ResourceOptions.merge(OPTS, ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(delete="3s"))))
    """
    stack.up(program(text))
    stuck = stack.run("destroy", "--yes", "--skip-preview", fails=True)
    assert "ConfigMap held still exists, timed out after 3 s of waiting: finalizers example.com/hold." in stuck.text
    api_server.patch("v1", "ConfigMap", namespace, "held", {"metadata": {"finalizers": None}})
    stack.destroy()
    with pytest.raises(ApiError):
        api_server.cluster.get("v1", "ConfigMap", namespace, "held")


def test_unchanged_inputs_are_applied_again_when_the_cluster_holds_something_else(plugin, api_server, namespace):
    cluster = api_server.cluster
    wanted = resource("v1", "ConfigMap", namespace, data={"mode": "fast"})
    made = plugin.create(wanted)
    known = replace(wanted, id=made.id, state=made.state, old_inputs=wanted.inputs)
    assert not plugin.diff(known).changes

    # Another manager's write is drift, which is for a refresh to see.
    api_server.patch("v1", "ConfigMap", namespace, "shop", {"data": {"extra": "x"}})
    assert not plugin.diff(known).changes

    # Our own manager's write that the state knows nothing of is half an update. The server's clock ticks in seconds.
    time.sleep(1.1)
    cluster.apply({**body_of(wanted.inputs), "data": {"mode": "slow"}}, manager_of(wanted))
    assert plugin.diff(known).changes == {("metadata",): "update"}
    plugin.update(known)
    assert cluster.get("v1", "ConfigMap", namespace, "shop")["data"]["mode"] == "fast"

    cluster.delete("v1", "ConfigMap", namespace, "shop", "Background")
    assert plugin.diff(known).changes == {("metadata",): "update"}


def test_a_finished_job_that_cleans_up_after_itself_does_not_run_again(plugin, api_server, namespace):
    pod = {"containers": [{"name": "main", "image": "shop:1"}], "restartPolicy": "Never"}
    spec = {"template": {"spec": pod}, "ttlSecondsAfterFinished": 0}
    skip = {"annotations": {"pulumi.com/skipAwait": "true"}}
    wanted = resource("batch/v1", "Job", namespace, metadata=skip, spec=spec)
    made = plugin.create(wanted)
    api_server.cluster.delete("batch/v1", "Job", namespace, "shop", "Background")
    while api_server.cluster.metadata("batch/v1", "Job", namespace, "shop"):
        time.sleep(0.1)
    assert not plugin.diff(replace(wanted, id=made.id, state=made.state, old_inputs=wanted.inputs)).changes
