"""What a namespace takes once its list of verified digests is there, by the expression that the API server has."""

from typing import Any

import cel
import pytest

from policies.inputs import Inputs
from policies.kubernetes.evaluation import Subject
from policies.kubernetes.verified import NAME, RULE, listed, manifests
from provider.signatures import InvalidReference

ONE, TWO = (f"r.example/tradewind/embedder@sha256:{digit * 64}" for digit in "12")
ONLY = {"matchLabels": {"kubernetes.io/metadata.name": "models"}}


def admits(params: dict[str, Any], *images: str) -> bool:
    containers = [{"name": f"c{index}", "image": image} for index, image in enumerate(images)]
    pod = {"kind": "Pod", "spec": {"containers": containers[:1], "initContainers": containers[1:]}}
    context = Subject(Inputs(pod)).context
    context.update({"params": params})
    return bool(cel.compile(RULE.expression).execute(context))


def test_what_was_verified_is_admitted_and_nothing_else():
    params = listed([ONE], "models")
    assert admits(params, ONE)
    assert not admits(params, TWO)
    assert not admits(params, ONE, TWO)
    assert admits(listed([ONE, TWO], "models"), ONE, TWO)


@pytest.mark.parametrize("image", ["r.example/a:1", "r.example/a", "1" * 64, f"sha256:{'1' * 64}", ""])
def test_what_has_no_digest_is_not_admitted(image: str):
    assert not admits(listed([ONE], "models"), image)


def test_an_empty_list_admits_nothing():
    assert not admits(listed([], "models"), ONE)
    assert not admits({"metadata": {"name": NAME}}, ONE)


def test_only_a_reference_by_digest_is_listed():
    with pytest.raises(InvalidReference):
        listed(["r.example/a:1"], "models")


def test_without_the_list_everything_is_denied():
    policy, binding = manifests(ONLY, "models", ".lab")
    assert policy["spec"]["paramKind"] == {"apiVersion": "v1", "kind": "ConfigMap"}
    assert policy["metadata"]["name"] == binding["spec"]["policyName"] == "model-image-verified.lab"
    assert binding["spec"]["paramRef"] == {"name": NAME, "namespace": "models", "parameterNotFoundAction": "Deny"}
    assert binding["spec"]["matchResources"]["namespaceSelector"] == ONLY
    assert policy["spec"]["variables"][-1]["name"] == "containers"
