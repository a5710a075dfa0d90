"""Names that the provider gives."""

import re
from dataclasses import replace

import pytest

from airgap.kubernetes_provider.naming import named
from airgap.kubernetes_provider.objects import identity, manager_of, type_of
from provider.protocol import UNKNOWN, Resource, Values

URN = "urn:pulumi:t::t::kubernetes:core/v1:ConfigMap::Settings_Main"
RESOURCE = Resource(urn=URN, name="Settings_Main", type="kubernetes:core/v1:ConfigMap", seed=b"one")


def test_a_name_is_the_resource_name_and_eight_hex_digits():
    body = named(RESOURCE, {"metadata": {"labels": {"a": "b"}}})
    assert re.fullmatch(r"settings-main-[0-9a-f]{8}", body["metadata"]["name"])
    assert body["metadata"]["annotations"] == {"pulumi.com/autonamed": "true"}
    assert body["metadata"]["labels"] == {"a": "b"}


def test_a_name_is_kept_by_an_update_and_new_in_a_replacement():
    first = named(RESOURCE, {"metadata": {}})
    kept = named(replace(RESOURCE, old_inputs=Values(first), seed=b"two"), {"metadata": {}})
    assert kept["metadata"]["name"] == first["metadata"]["name"]
    fresh = named(replace(RESOURCE, seed=b"two"), {"metadata": {}})  # the re-check of a replacement has no old inputs
    assert fresh["metadata"]["name"] != first["metadata"]["name"]


def test_a_name_fits_into_a_label_however_long_the_resource_name():
    assert len(named(replace(RESOURCE, name="x" * 100), {"metadata": {}})["metadata"]["name"]) <= 63


@pytest.mark.parametrize("metadata", [{"name": "mine"}, {"name": UNKNOWN}, UNKNOWN])
def test_a_given_or_unknown_name_is_left_alone(metadata):
    assert named(RESOURCE, {"metadata": metadata}) == {"metadata": metadata}


def test_generate_name_is_the_prefix_of_the_name():
    first = named(RESOURCE, {"metadata": {"generateName": "run-"}})
    assert re.fullmatch(r"run-[0-9a-f]{8}", first["metadata"]["name"])
    again = named(replace(RESOURCE, old_inputs=Values(first), seed=b"two"), {"metadata": {"generateName": "run-"}})
    assert again["metadata"]["name"] == first["metadata"]["name"]


@pytest.mark.parametrize(
    ("token", "meant"),
    [
        ("kubernetes:core/v1:Service", ("v1", "Service")),
        ("kubernetes:v1:Service", ("v1", "Service")),
        ("kubernetes:apps/v1:Deployment", ("apps/v1", "Deployment")),
        ("kubernetes:keda.sh/v1alpha1:ScaledObject", ("keda.sh/v1alpha1", "ScaledObject")),
    ],
)
def test_a_type_means_an_api_version_and_a_kind(token, meant):
    assert type_of(token) == meant


def test_an_id_means_a_place_and_the_state_a_kind():
    state = Values({"apiVersion": "v1", "kind": "ConfigMap"})
    assert identity(replace(RESOURCE, id="shop/settings", state=state)) == ("v1", "ConfigMap", "shop", "settings")
    assert identity(replace(RESOURCE, id="settings")) == ("v1", "ConfigMap", None, "settings")


def test_the_field_manager_is_one_per_urn():
    assert (
        manager_of(RESOURCE)
        == manager_of(replace(RESOURCE, seed=b"two"))
        != manager_of(replace(RESOURCE, urn=URN + "2"))
    )
    assert manager_of(replace(RESOURCE, state=Values({"__fieldManager": "kept"}))) == "kept"
