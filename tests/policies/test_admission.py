"""A real API server and the pack say the same of the same object: the same verdict, by the same rule, in the same words."""

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest

from airgap.kubernetes_provider.cluster import Cluster
from airgap.kubernetes_provider.errors import ApiError
from policies.inputs import Inputs
from policies.kubernetes import all_written
from policies.kubernetes.admission import manifests
from policies.kubernetes.rules import as_rule
from policies.kubernetes.written import CLUSTER_WIDE, KINDS
from policies.pack import Pack
from tests.airgap.node.running import eventually
from tests.policies import table
from tests.policies.table import Resource
from tests.support.api_server import ApiServer

pytestmark = pytest.mark.cluster

WRITTEN = [each for each in all_written() if not each.not_at_admission]
PACK = Pack([as_rule(each) for each in WRITTEN])
NAMESPACE, POD = "guarded", "kubernetes:core/v1:Pod"
DENIED = re.compile(
    r"ValidatingAdmissionPolicy '(?P<rule>[^']+)' with binding '[^']+' denied request: (?P<message>.+)", re.DOTALL
)
INVALID = "Invalid"
NOT_SERVED = {"ScaledObject", "HTTPRoute", "BackendTrafficPolicy"}
"""Their definitions come with KEDA and Envoy Gateway, not with the API server."""


def fixtures() -> Iterator[Any]:
    """Every good and every bad object that admission is asked about."""
    found = [(name, each) for name, each in table.good().items() if name.startswith("kubernetes/")]
    for part in (table.INSECURE, table.HELD_OUT):
        found += [
            (f"{part}-{row.name}", row.resource) for row in table.rows(part) if row.name.startswith("kubernetes/")
        ]
    for name, each in found:
        kind = each.inputs.get("kind")
        if kind in KINDS and kind not in CLUSTER_WIDE | NOT_SERVED:
            yield pytest.param(each, id=name)


def told_by_the_pack(inputs: dict[str, Any], type: str) -> dict[str, str]:
    """Message by rule."""
    return {each.rule.name: each.message for each in PACK.judge(type, "lab", Inputs(inputs))}


def told_by_the_api_server(cluster: Cluster, inputs: dict[str, Any]) -> tuple[str, str] | None:
    """The rule and the message of the first policy that denies it; None for what is admitted.

    Some of the bad ones contradict themselves, and are refused before a policy is asked: INVALID stands for the rule.
    """
    path = cluster.path(inputs["apiVersion"], inputs["kind"], NAMESPACE)
    try:
        cluster.request("POST", path, {"dryRun": "All", "fieldValidation": "Strict"}, inputs)
    except ApiError as error:
        if denied := DENIED.search(str(error)):
            return denied["rule"], denied["message"]
        if error.reason == INVALID:
            return INVALID, str(error)
        raise
    return None


@pytest.fixture(scope="module")
def guarded(api_server: ApiServer) -> Iterator[Cluster]:
    """An API server that enforces every rule in one namespace."""
    cluster = api_server.cluster
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}, "tests")
    for name in {each.inputs["spec"].get("serviceAccountName") for each in table.good().values() if each.type == POD}:
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": NAMESPACE}}
        cluster.apply(account, "tests")
    selector = {"matchLabels": {"kubernetes.io/metadata.name": NAMESPACE}}
    objects = [each for rule in WRITTEN for each in manifests(rule, selector)]
    for each in objects:
        cluster.apply(each, "tests")
    privileged = a_pod({"privileged": True})
    assert eventually(lambda: told_by_the_api_server(cluster, privileged) is not None, seconds=30)
    yield cluster
    for each in reversed(objects):
        cluster.delete(each["apiVersion"], each["kind"], None, each["metadata"]["name"], "Background")


def a_pod(context: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "lab"},
        "spec": {"containers": [{"name": "main", "image": "a", "securityContext": context}]},
    }


@pytest.mark.parametrize("resource", list(fixtures()))
def test_the_api_server_and_the_pack_say_the_same(guarded: Cluster, resource: Resource):
    inputs = copy.deepcopy(resource.inputs)
    inputs["metadata"]["namespace"] = NAMESPACE
    told = told_by_the_pack(inputs, resource.type)
    if told:  # the API server asks a new policy after some seconds
        eventually(lambda: told_by_the_api_server(guarded, inputs) is not None, seconds=10)
    denied = told_by_the_api_server(guarded, inputs)
    assert (denied is None) == (not told), (denied, told)
    if denied and denied[0] != INVALID:
        rule, message = denied
        assert told[rule] == message


def test_every_expression_is_taken_without_a_warning(guarded: Cluster):
    names = [each["metadata"]["name"] for rule in WRITTEN for each in manifests(rule, {})][::2]

    def looked_at() -> list[dict[str, Any]]:
        api, kind = "admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy"
        return [status for name in names if (status := guarded.get(api, kind, None, name).get("status"))]

    assert eventually(lambda: len(looked_at()) == len(names), seconds=120)
    warned = [each for status in looked_at() for each in status.get("typeChecking", {}).get("expressionWarnings", [])]
    assert "\n".join(each["warning"] for each in warned) == ""
