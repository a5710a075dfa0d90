"""What the API server of a stack is told to refuse, and where."""

from typing import Any

import pytest

from components.admission import Admission, AdmissionArgs
from policies.kubernetes import all_written
from policies.kubernetes.written import CLUSTER_WIDE
from tests.components import stacks
from tests.components.recording import DIGEST, Engine, run

AT_ADMISSION = {
    each.name for each in all_written() if not each.not_at_admission and not set(each.kinds) <= CLUSTER_WIDE
}
POLICIES = ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")
SIGNING = {"model-image-verified.models", "model-image-verified.models.embedder"}


def documents(kind: str, of: Engine | None = None) -> list[dict[str, Any]]:
    return [each for each in (of or stacks.plain("local", "local")).objects() if each["kind"] == kind]


@pytest.mark.parametrize("kind", POLICIES)
def test_each_rule_is_there_by_its_own_name(kind: str):
    assert {each["metadata"]["name"] for each in documents(kind)} == AT_ADMISSION


@pytest.mark.parametrize("kind", ["local", "aws", "gcp"])
def test_it_binds_the_services_and_nobody_else(kind: str):
    bindings = documents("ValidatingAdmissionPolicyBinding", stacks.signed(kind))
    selectors = [each["spec"]["matchResources"]["namespaceSelector"] for each in bindings]
    assert all(each == {"matchLabels": {"kubernetes.io/metadata.name": "models"}} for each in selectors)


def test_two_stacks_of_one_cluster_have_policies_of_their_own():
    args = AdmissionArgs(owner="lab-1", namespace="models-lab", shared_with="lab", verified=[])
    engine = run(lambda: {"made": Admission("admission", args).urn})
    names = {each["metadata"]["name"] for each in engine.objects()}
    assert names == {f"{name}.lab" for name in AT_ADMISSION} | {"model-image-verified.models-lab"}
    assert {each["spec"]["policyName"] for each in engine.objects() if "policyName" in each["spec"]} == names


@pytest.mark.parametrize("kind", ["local", "aws", "gcp"])
@pytest.mark.parametrize("of", POLICIES)
def test_a_stack_with_a_signing_key_admits_verified_images_alone(kind: str, of: str):
    assert {each["metadata"]["name"] for each in documents(of, stacks.signed(kind))} == AT_ADMISSION | SIGNING


@pytest.mark.parametrize("kind", ["local", "aws", "gcp"])
def test_the_list_of_a_service_holds_its_image(kind: str):
    [listed] = [each for each in documents("ConfigMap", stacks.signed(kind)) if "embedder" in each["metadata"]["name"]]
    [binding] = [
        each
        for each in documents("ValidatingAdmissionPolicyBinding", stacks.signed(kind))
        if each["metadata"]["name"].endswith(".embedder")
    ]
    assert list(listed["data"]) == [DIGEST.removeprefix("sha256:")]
    assert binding["spec"]["paramRef"] == {
        "name": listed["metadata"]["name"],
        "namespace": listed["metadata"]["namespace"],
        "parameterNotFoundAction": "Deny",
    }


@pytest.mark.parametrize("kind", ["local", "aws", "gcp"])
def test_every_image_is_signed_with_the_key_of_the_stack(kind: str):
    images = [each for each in stacks.signed(kind).made if each.type == "tradewind:index:Image"]
    assert images and {each.inputs["signing_key"] for each in images} == {stacks.SIGNING_KEY}
