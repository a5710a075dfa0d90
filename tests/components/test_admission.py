"""What the API server of a stack is told to refuse, and where."""

from typing import Any

import pytest

from components.admission import Admission, AdmissionArgs
from policies.kubernetes import all_written
from policies.kubernetes.written import CLUSTER_WIDE
from tests.components import stacks
from tests.components.recording import run

AT_ADMISSION = {
    each.name for each in all_written() if not each.not_at_admission and not set(each.kinds) <= CLUSTER_WIDE
}


def documents(kind: str) -> list[dict[str, Any]]:
    return [each for each in stacks.plain("local", "local").objects() if each["kind"] == kind]


@pytest.mark.parametrize("kind", ["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"])
def test_each_rule_is_there_by_its_own_name(kind: str):
    assert {each["metadata"]["name"] for each in documents(kind)} == AT_ADMISSION


def test_it_binds_the_services_and_nobody_else():
    bindings = documents("ValidatingAdmissionPolicyBinding")
    selectors = [each["spec"]["matchResources"]["namespaceSelector"] for each in bindings]
    assert all(each == {"matchLabels": {"kubernetes.io/metadata.name": "models"}} for each in selectors)


def test_two_stacks_of_one_cluster_have_policies_of_their_own():
    args = AdmissionArgs(owner="lab-1", namespace="models-lab", shared_with="lab")
    engine = run(lambda: {"made": Admission("admission", args).urn})
    names = {each["metadata"]["name"] for each in engine.objects()}
    assert names == {f"{name}.lab" for name in AT_ADMISSION}
    assert {each["spec"]["policyName"] for each in engine.objects() if "policyName" in each["spec"]} == names
