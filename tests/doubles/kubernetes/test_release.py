"""A release over its life on a real API server: what Helm would leave there, refuse and take away."""

import base64
import gzip
import json
from dataclasses import replace
from typing import Any

import pytest

from airgap.kubernetes_provider.cluster import Cluster
from provider.protocol import Created, Values
from tests.doubles.kubernetes.conftest import GATEWAY, KEDA, PROMETHEUS, a_release, definitions
from tests.doubles.kubernetes.history import History, standing
from tests.doubles.kubernetes.provider import Rehearsed
from tests.support.api_server import ApiServer

pytestmark = pytest.mark.cluster

SCALED, GATEWAYS = "scaledobjects.keda.sh", "gateways.gateway.networking.k8s.io"


def keda(plugin: Rehearsed, namespace: str, **more: Any) -> Created:
    return plugin.create(a_release({**KEDA, **more}, namespace))


def secrets(cluster: Cluster, namespace: str) -> list[dict[str, Any]]:
    return cluster.list("v1", "Secret", namespace, labelSelector="owner=helm")


def test_it_is_recorded_as_helm_does(plugin: Rehearsed, namespace: str):
    made = keda(plugin, namespace, values={"logging": {"operator": {"level": "debug"}}})
    assert made.id == f"{namespace}/keda"
    assert made.state.plain["status"] == {
        "name": "keda", "namespace": namespace, "revision": 1, "status": "deployed",
        "chart": "keda", "version": "2.18.0", "appVersion": "2.18.0",
    }  # fmt: skip
    [secret] = secrets(plugin.cluster, namespace)
    assert secret["type"] == "helm.sh/release.v1" and secret["metadata"]["name"] == "sh.helm.release.v1.keda.v1"
    labels = {"name": "keda", "owner": "helm", "status": "deployed", "version": "1"}
    assert labels.items() <= secret["metadata"]["labels"].items()
    kept = json.loads(gzip.decompress(base64.b64decode(base64.b64decode(secret["data"]["release"]))))
    assert kept["config"] == {"logging": {"operator": {"level": "debug"}}}
    assert kept["chart"]["metadata"]["name"] == "keda" and kept["info"]["status"] == "deployed"
    assert standing(plugin.cluster, "keda") and not standing(plugin.cluster, "gateway-helm")


def test_the_kinds_that_a_chart_brings_are_served_once_it_is_made(plugin: Rehearsed, namespace: str):
    made = keda(plugin, namespace)
    assert plugin.cluster.kind("keda.sh/v1alpha1", "ScaledObject", fresh=True) == ("scaledobjects", True)
    assert SCALED in made.state.plain["resourceNames"]["apiextensions.k8s.io/v1/CustomResourceDefinition"]
    plugin.create(a_release(GATEWAY, namespace))
    assert plugin.cluster.kind("gateway.networking.k8s.io/v1", "HTTPRoute", fresh=True) == ("httproutes", True)
    assert plugin.cluster.kind("gateway.envoyproxy.io/v1alpha1", "EnvoyProxy", fresh=True) == ("envoyproxies", True)


def test_a_namespace_that_is_not_there_is_refused(plugin: Rehearsed):
    with pytest.raises(ValueError, match='create: failed to create: namespaces "nowhere" not found'):
        plugin.create(a_release(PROMETHEUS, "nowhere"))


def test_a_name_is_taken_once_in_its_namespace(plugin: Rehearsed, namespace: str):
    keda(plugin, namespace)
    with pytest.raises(ValueError, match="cannot re-use a name that is still in use"):
        keda(plugin, namespace)


def test_definitions_of_somebody_else_are_not_taken_over(plugin: Rehearsed, namespace: str):
    keda(plugin, namespace)
    with pytest.raises(ValueError, match=r'"meta.helm.sh/release-name" must equal "other": current value is "keda"'):
        keda(plugin, namespace, name="other")
    assert not [each for each in secrets(plugin.cluster, namespace) if each["metadata"]["labels"]["name"] == "other"]


def test_an_update_is_the_next_revision_and_old_ones_go(plugin: Rehearsed, namespace: str):
    made = keda(plugin, namespace)
    for level in ("info", "debug", "error"):
        values = {"values": {"logging": {"operator": {"level": level}}}}
        state = plugin.update(a_release({**KEDA, **values}, namespace, id=made.id, state=made.state))
    assert state.plain["status"]["revision"] == 4
    kept = History(plugin.cluster, namespace, "keda").revisions()
    assert [(each.number, each.status) for each in kept] == [(2, "superseded"), (3, "superseded"), (4, "deployed")]
    assert kept[-1].values["logging"]["operator"]["level"] == "error"


def test_an_interrupted_install_is_in_the_way_until_somebody_removes_it(plugin: Rehearsed, namespace: str):
    made = keda(plugin, namespace)
    history = History(plugin.cluster, namespace, "keda")
    [revision] = history.revisions()
    history.change(replace(revision, status="pending-install"))
    with pytest.raises(ValueError, match="still in use"):
        keda(plugin, namespace)
    with pytest.raises(ValueError, match=r"another operation .* is in progress"):
        plugin.update(a_release(KEDA, namespace, id=made.id, state=made.state))


def test_drift_is_read_from_the_cluster(plugin: Rehearsed, namespace: str):
    made = keda(plugin, namespace)
    asked = a_release(KEDA, namespace, id=made.id, state=made.state)
    unchanged = plugin.read(asked)
    assert unchanged and unchanged.inputs == asked.inputs and unchanged.state.plain == made.state.plain
    history = History(plugin.cluster, namespace, "keda")
    [revision] = history.revisions()
    history.add(replace(revision, number=2, values={"asciiArt": False}))
    found = plugin.read(asked)
    assert found and found.inputs.plain["values"] == {"asciiArt": False}
    assert found.state.plain["status"]["revision"] == 2
    for each in history.revisions():
        history.remove(each)
    assert plugin.read(asked) is None


def test_one_that_somebody_made_by_hand_can_be_imported(plugin: Rehearsed, namespace: str):
    keda(plugin, namespace, values={"asciiArt": False})
    found = plugin.read(replace(a_release({}), inputs=Values(), id=f"{namespace}/keda"))
    assert found and found.inputs.plain == {
        "name": "keda", "namespace": namespace, "chart": "keda", "version": "2.18.0", "values": {"asciiArt": False},
    }  # fmt: skip


def test_definitions_go_with_the_release_only_where_they_are_templates(plugin: Rehearsed, namespace: str):
    made = [keda(plugin, namespace), plugin.create(a_release(GATEWAY, namespace))]
    for inputs, each in zip((KEDA, GATEWAY), made, strict=True):
        plugin.delete(a_release(inputs, namespace, id=each.id, state=each.state))
    assert secrets(plugin.cluster, namespace) == []
    left = definitions(plugin.cluster)
    assert SCALED not in left and GATEWAYS in left
    with pytest.raises(ValueError, match="uninstall: Release not loaded: keda: release: not found"):
        plugin.delete(a_release(KEDA, namespace, id=made[0].id, state=made[0].state))
    plugin.create(a_release(GATEWAY, namespace))  # over the definitions that stayed


def test_any_other_kind_is_as_ours_has_it(plugin: Rehearsed, server: ApiServer, namespace: str):
    inputs = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "a", "namespace": namespace},
        "data": {"b": "c"},
    }
    asked = replace(a_release(inputs), type="kubernetes:core/v1:ConfigMap")
    asked = replace(asked, inputs=plugin.check(asked).inputs)
    made = plugin.create(asked)
    held = replace(asked, id=made.id, state=made.state, old_inputs=asked.inputs)
    assert plugin.diff(held).changes == {} and plugin.read(held)
    plugin.update(replace(held, inputs=Values({**asked.inputs.plain, "data": {"b": "d"}})))
    assert server.cluster.get("v1", "ConfigMap", namespace, "a")["data"] == {"b": "d"}
    plugin.delete(held)
    assert plugin.read(held) is None
