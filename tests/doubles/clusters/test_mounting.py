"""The kind that mounts a cloud's secrets: served where the add-on is on, and as our stacks write it."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from airgap.kubernetes_provider.cluster import Object
from airgap.kubernetes_provider.errors import ApiError, NoKind
from components.secrets import provider_class
from components.secrets.aws_files import ADD_ON
from tests.doubles.aws import eks
from tests.doubles.cloud import Thing
from tests.doubles.clusters import mounting
from tests.doubles.clusters.played import Played
from tests.doubles.gcp import platform

pytestmark = pytest.mark.cluster

DEFINITIONS = "apiextensions.k8s.io/v1"
NAME = "secretproviderclasses.secrets-store.csi.x-k8s.io"


@pytest.fixture(params=["aws", "gcp"])
def played(request: pytest.FixtureRequest) -> Iterator[Played]:
    """Without the add-on, and without the kind afterwards."""
    found: Played = request.getfixturevalue(request.param)
    yield found
    if found.cluster.metadata(DEFINITIONS, "CustomResourceDefinition", None, NAME):
        found.cluster.delete(DEFINITIONS, "CustomResourceDefinition", None, NAME, "Background")
    deadline = time.monotonic() + 10
    while found.cluster.metadata(DEFINITIONS, "CustomResourceDefinition", None, NAME):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def turn_on(played: Played) -> None:
    store = played.where.store
    if played.where.kind == "aws":
        inputs = {"clusterName": "lab", "addonName": ADD_ON}
        store.put(Thing(token=eks.ADD_ON, id=f"lab:{ADD_ON}", inputs=inputs, outputs={}))
        return
    [cluster] = store.things(platform.CLUSTER)
    store.put(replace(cluster, inputs={**cluster.inputs, "secretManagerConfig": {"enabled": True}}))


def defined(played: Played) -> bool:
    return bool(played.cluster.metadata(DEFINITIONS, "CustomResourceDefinition", None, NAME))


def made(played: Played, spec: dict[str, Any]) -> Object:
    """As soon as the kind is served, a moment after its definition is there."""
    deadline = time.monotonic() + 10
    while True:
        try:
            played.cluster.kind(mounting.CLASS, "SecretProviderClass", fresh=True)
            return played.make(mounting.CLASS, "SecretProviderClass", "embedder", spec=spec)
        except NoKind:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def written(parameters: dict[str, Any]) -> dict[str, Any]:
    return provider_class({}, "aws", parameters)["spec"]


def test_the_kind_is_there_with_the_add_on_and_not_before(played: Played):
    played.pass_()
    assert not defined(played)
    turn_on(played)
    played.pass_(times=2)
    assert defined(played)


def test_it_takes_what_our_stacks_write_and_no_other_field(played: Played):
    turn_on(played)
    played.pass_()
    spec = written({"usePodIdentity": "true", "region": "eu-west-1", "objects": "[]"})
    assert made(played, spec)["spec"] == spec
    with pytest.raises(ApiError, match="object"):
        played.make(mounting.CLASS, "SecretProviderClass", "refused", spec={**spec, "object": "[]"})
    with pytest.raises(ApiError, match="usePodIdentity"):
        played.make(mounting.CLASS, "SecretProviderClass", "refused", spec=written({"usePodIdentity": True}))
