"""What the pods of a service may run: by the expression that the API server has, and by the API server itself."""

from collections.abc import Iterator
from typing import Any

import cel
import pytest

from airgap.kubernetes_provider.cluster import Cluster
from airgap.kubernetes_provider.errors import ApiError
from policies.inputs import Inputs
from policies.kubernetes.evaluation import Subject
from policies.kubernetes.verified import NAME_LABEL, RULE, digests, list_name, of_nobody, of_service
from provider.signatures import InvalidReference
from tests.airgap.node.running import eventually
from tests.support.api_server import ApiServer

ONE, TWO = (f"r.example/tradewind/embedder@sha256:{digit * 64}" for digit in "12")
NAMESPACE = "verified"


def admits(params: dict[str, Any], *images: str) -> bool:
    context = Subject(Inputs(a_pod("embedder", *images))).context
    context.update({"params": params})
    return bool(cel.compile(RULE.expression).execute(context))


def a_pod(service: str | None, *images: str) -> dict[str, Any]:
    containers = [{"name": f"c{index}", "image": image} for index, image in enumerate(images)]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "lab", "labels": {NAME_LABEL: service} if service else {}},
        "spec": {"containers": containers[:1], "initContainers": containers[1:]},
    }


def a_list(*images: str) -> dict[str, Any]:
    meta = {"name": list_name("embedder"), "namespace": NAMESPACE}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": digests(images)}


def test_what_was_verified_is_admitted_and_nothing_else():
    assert admits(a_list(ONE), ONE)
    assert not admits(a_list(ONE), TWO)
    assert not admits(a_list(ONE), ONE, TWO)
    assert admits(a_list(ONE, TWO), ONE, TWO)


@pytest.mark.parametrize("image", ["r.example/a:1", "r.example/a", "1" * 64, f"sha256:{'1' * 64}", ""])
def test_what_has_no_digest_is_not_admitted(image: str):
    assert not admits(a_list(ONE), image)


def test_an_empty_list_admits_nothing():
    assert not admits(a_list(), ONE)
    assert not admits({"metadata": {"name": "none"}}, ONE)


def test_only_a_reference_by_digest_is_listed():
    with pytest.raises(InvalidReference):
        digests(["r.example/a:1"])


@pytest.fixture(scope="module")
def guarded(api_server: ApiServer) -> Iterator[Cluster]:
    """An API server with a list for one service, in one namespace."""
    cluster = api_server.cluster
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}, "tests")
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": NAMESPACE}}
    objects = [
        *of_service("embedder", NAMESPACE),
        *of_service("new", NAMESPACE),
        *of_nobody(["embedder", "new"], NAMESPACE),
    ]
    for each in (account, a_list(ONE), *objects):
        cluster.apply(each, "tests")
    for service in ("embedder", "new", "other"):
        assert eventually(lambda service=service: refusal(cluster, a_pod(service, TWO)) is not None, seconds=30)
    yield cluster
    for each in reversed(objects):
        cluster.delete(each["apiVersion"], each["kind"], None, each["metadata"]["name"], "Background")


def refusal(cluster: Cluster, pod: dict[str, Any]) -> str | None:
    try:
        cluster.request("POST", cluster.path("v1", "Pod", NAMESPACE), {"dryRun": "All"}, pod)
    except ApiError as error:
        return str(error)
    return None


@pytest.mark.cluster
def test_the_api_server_admits_what_is_on_the_list(guarded: Cluster):
    assert refusal(guarded, a_pod("embedder", ONE)) is None
    said = refusal(guarded, a_pod("embedder", ONE, TWO))
    assert (
        said
        and "'model-image-verified.verified.embedder'" in said
        and f"container c1 fails. To fix: {RULE.fix}" in said
    )


@pytest.mark.cluster
@pytest.mark.parametrize("service", ["other", None])
def test_a_pod_of_no_service_is_refused_whatever_it_runs(guarded: Cluster, service: str | None):
    said = refusal(guarded, a_pod(service, ONE))
    assert said and "'model-image-verified.verified'" in said and RULE.must in said


@pytest.mark.cluster
def test_without_its_list_a_service_runs_nothing(guarded: Cluster):
    said = refusal(guarded, a_pod("new", ONE))
    assert said and "'model-image-verified.verified.new'" in said


@pytest.mark.cluster
def test_what_is_added_to_the_list_is_admitted_from_then_on(guarded: Cluster):
    guarded.apply(a_list(ONE, TWO), "tests")
    assert eventually(lambda: refusal(guarded, a_pod("embedder", TWO)) is None, seconds=30)
    guarded.apply(a_list(ONE), "tests")
    assert eventually(lambda: refusal(guarded, a_pod("embedder", TWO)) is not None, seconds=30)
