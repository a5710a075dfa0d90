"""Which paths replace, as far as it needs no cluster."""

import json

import pytest

from airgap.kubernetes_provider.errors import ApiError, field_path
from airgap.kubernetes_provider.replacement import replacing, rules
from airgap.kubernetes_provider.settings import Settings
from provider.protocol import UNKNOWN, Resource, Values, compare

DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "a"},
    "spec": {"selector": {"a": "b"}},
}


def replaced(old: dict, new: dict) -> set:
    resource = Resource(urn="a::b::c::d", name="d", type="t", inputs=Values(new), old_inputs=Values(old))
    return set(replacing(resource, compare(old, new), Settings(), cluster=None))


@pytest.mark.parametrize("path", [("metadata", "name"), ("metadata", "namespace"), ("spec", "selector", "a")])
def test_identity_and_selector_replace(path):
    new = json.loads(json.dumps(DEPLOYMENT))
    place = new
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = "other"
    assert replaced(DEPLOYMENT, new) == {path}


def test_an_unknown_spec_does_not_replace_but_unknown_metadata_does():
    assert replaced(DEPLOYMENT, {**DEPLOYMENT, "spec": UNKNOWN}) == set()
    assert replaced(DEPLOYMENT, {**DEPLOYMENT, "metadata": UNKNOWN}) == {("metadata",)}


def test_another_version_of_the_group_is_an_update_and_another_group_a_replacement():
    old = {**DEPLOYMENT, "metadata": UNKNOWN}  # something unknown: no dry run is made
    assert replaced(old, {**old, "apiVersion": "apps/v1beta1"}) == set()
    assert replaced(old, {**old, "apiVersion": "other/v1"}) == {("apiVersion",)}


@pytest.mark.parametrize("kind", ["ConfigMap", "Secret"])
def test_data_replaces_unless_it_may_change_in_place(kind):
    inputs = Values({"apiVersion": "v1", "kind": kind})
    mutable = Settings(mutable_config_maps=True, mutable_secrets=True)
    assert ("data",) in rules(inputs, inputs, Settings())
    assert ("data",) not in rules(inputs, inputs, mutable)
    assert ("data",) in rules(inputs, Values({**inputs.plain, "immutable": True}), mutable)


def refusal(status: int, message: str, *causes: tuple[str, str]) -> ApiError:
    body = {"message": message, "details": {"causes": [{"field": field, "message": text} for field, text in causes]}}
    return ApiError(status, json.dumps(body).encode())


def test_the_fields_that_cannot_change_are_read_from_the_answer():
    assert refusal(422, "", ("spec.completions", "Invalid value: 2: field is immutable")).immutable_fields == [
        "spec.completions"
    ]
    assert refusal(422, "", ("spec.replicas", "must be at least 0")).immutable_fields == []
    assert refusal(
        422, "updates to statefulset spec for fields other than 'replicas' are forbidden"
    ).immutable_fields == ["spec"]
    assert refusal(409, "", ("spec.a", "field is immutable")).immutable_fields == []
    assert field_path("spec.template.spec.containers[0].image") == (
        "spec",
        "template",
        "spec",
        "containers",
        "0",
        "image",
    )


def test_an_answer_that_is_no_json_is_told_as_it_is():
    assert str(ApiError(502, b"upstream is gone\n")) == "upstream is gone"
    assert str(ApiError(500, b"")) == "HTTP 500"
