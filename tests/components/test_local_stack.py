"""The stack `local` as a graph: how many resources of each type, and the values that matter (inventories/local.yaml)."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pulumi
import pytest
import yaml

from components.addons import Existing
from components.cluster import GivenCluster, kind, local
from components.platforms.local import LocalPlatform
from tests.components.inventory import dig, values
from tests.components.recording import DIGEST, Engine, deployed, run
from tests.components.samples import a_card

HERE = Path(__file__).parent
SCHEMA = json.loads((HERE.parents[1] / "components" / "outputs.schema.json").read_text())
INVENTORY = yaml.safe_load((HERE / "inventories" / "local.yaml").read_text())


def test_the_stack_has_these_resources_and_no_others(stack: Engine):
    assert stack.counts() == INVENTORY["counts"], f"to fix: review, then write:\n{yaml.safe_dump(stack.counts())}"


@pytest.mark.parametrize(("resource", "path", "expected"), values(INVENTORY["values"]))
def test_a_value_that_matters(stack: Engine, resource: str, path: str, expected: Any):
    assert dig(stack.one(resource), path) == expected


def test_the_outputs_are_those_of_every_platform(stack: Engine):
    jsonschema.validate(stack.outputs, SCHEMA)
    assert stack.outputs["services"]["embedder"] == {
        "url": "http://127.0.0.1:8080/embedder",
        "namespace": "models",
        "image": f"127.0.0.1:5000/tradewind/embedder@{DIGEST}",
        "replicas": {"min": 1, "max": 3},
    }


def test_a_replica_may_stand_on_any_node(stack: Engine):
    assert "nodeSelector" not in stack.one("embedder-replicas")["spec"]["template"]["spec"]


def test_the_scaler_owns_the_replicas(stack: Engine):
    assert "replicas" not in stack.one("embedder-replicas")["spec"]


def test_the_entry_marks_its_own_refusals_for_the_route_that_words_them(stack: Engine):
    assert stack.one("entry-callers")["spec"]["headers"] == {"enableEnvoyHeaders": True}
    [lua] = stack.one("embedder-refusal")["spec"]["lua"]
    assert "x-envoy-overloaded" in lua["inline"]


def test_a_new_image_takes_no_ready_replica_away(stack: Engine):
    spec = stack.one("embedder-replicas")["spec"]
    assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    pod = spec["template"]["spec"]
    leaving = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"] + a_card().slo.timeout_s
    assert leaving < pod["terminationGracePeriodSeconds"]


def test_what_was_promised_stands_on_the_object(stack: Engine):
    notes = stack.one("embedder-replicas")["metadata"]["annotations"]
    assert json.loads(notes["tradewind.dev/scale"]) == {"min": 1, "max": 3, "spare": 0.2}
    assert json.loads(notes["tradewind.dev/slo"])["p95_ms"] == 300
    assert json.loads(notes["tradewind.dev/capacity"])["rps_per_replica"] == 34.0
    assert notes["tradewind.dev/image"].endswith(DIGEST)


def test_every_object_says_whose_it_is(stack: Engine):
    owners = {each["metadata"].get("labels", {}).get("tradewind.dev/owner") for each in stack.objects()}
    assert len(owners) == 1 and None not in owners


def test_every_name_is_fixed(stack: Engine):
    names = [
        (each["kind"], each["metadata"].get("namespace"), each["metadata"].get("name")) for each in stack.objects()
    ]
    assert all(name for _, _, name in names)
    assert len(names) == len(set(names))


PODS = ("Deployment", "StatefulSet", "Job")


def test_every_container_is_bounded_and_without_privileges(stack: Engine):
    pods = {
        each["metadata"]["name"]: each["spec"]["template"]["spec"] for each in stack.objects() if each["kind"] in PODS
    }
    for name, pod in pods.items():
        for box in pod["containers"]:
            security = {**pod.get("securityContext", {}), **box["securityContext"]}
            assert security["runAsNonRoot"] and security["runAsUser"] == 65532, name
            assert security["readOnlyRootFilesystem"] and not security["allowPrivilegeEscalation"], name
            assert security["capabilities"] == {"drop": ["ALL"]}, name
            assert {"cpu", "memory"} <= box["resources"]["limits"].keys(), name
            assert {"cpu", "memory"} <= box["resources"]["requests"].keys(), name
            assert "@sha256:" in box["image"], name


def test_no_placeholder_of_an_image_is_left(stack: Engine):
    assert "images.invalid" not in json.dumps(stack.objects())


def test_no_password_is_written_in_the_clear(stack: Engine):
    for each in stack.made:
        if each.inputs.get("kind") != "Secret":
            assert "hunter2" not in json.dumps(each.inputs), each.name


def test_objects_in_the_node_go_with_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(kind, "usable", lambda: False)
    found: list[pulumi.ResourceTransformationResult | None] = []

    def program() -> None:
        cluster = local.LocalCluster("cluster", local.LocalClusterArgs(stack="local"))
        [transform] = cluster.scope.transformations or []
        for type_ in ("kubernetes:core/v1:Service", "tradewind:index:Image"):
            args = pulumi.ResourceTransformationArgs(cluster, type_, "x", {}, pulumi.ResourceOptions())
            found.append(transform(args))

    run(program)
    inside, outside = found
    assert inside and inside.opts.deleted_with and outside is None


LAB = GivenCluster(kubeconfig="apiVersion: v1\nkind: Config\n", context="lab", host="192.0.2.7")


def test_in_a_given_cluster_what_is_there_is_used(monkeypatch: pytest.MonkeyPatch):
    there = Existing(
        keda=True, gateway_api=True, envoy_gateway=True, envoy_gateway_namespace="gateways", gateway_class="shared"
    )
    monkeypatch.setattr(LocalPlatform, "_look", lambda *_: there)
    stack = deployed(LAB)
    counts = stack.counts()
    assert "tradewind:index:Node" not in counts
    assert "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition" not in counts
    assert "kubernetes:gateway.networking.k8s.io/v1:GatewayClass" not in counts
    assert stack.one("entry-gateway")["spec"]["gatewayClassName"] == "shared"
    assert stack.one("entry-service")["metadata"]["namespace"] == "gateways"
    jsonschema.validate(stack.outputs, SCHEMA)


def test_in_a_given_cluster_all_that_is_ours_has_names_of_its_own(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(LocalPlatform, "_look", lambda *_: Existing())
    stack = deployed(LAB)
    assert stack.outputs["services"]["embedder"]["namespace"] == "models-local"
    assert stack.outputs["services"]["embedder"]["url"] == "http://192.0.2.7:31000/embedder"
    assert stack.outputs["platform"]["context"] == "lab"
    spaces = {each["metadata"].get("namespace") for each in stack.objects()}
    assert spaces >= {"models-local", "cache-local", "monitoring-local"}
    assert not spaces & {"models", "cache", "monitoring"}
