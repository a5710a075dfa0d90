"""A second stack, pointed at the node that the first one built: it installs nothing twice and disturbs nobody."""

from collections.abc import Iterator

import pytest

from tests.e2e.checkout import Checkout, Result
from tests.e2e.cluster import Cluster
from tests.e2e.traffic import Traffic

INSTALLED = ("keda", "envoy-gateway-system")


@pytest.fixture(scope="module")
def lab(checkout: Checkout, up: Result) -> Iterator[Result]:
    """The second stack; taken away after the tests."""
    platform = checkout.outputs()["platform"]
    kubeconfig = checkout.state / "lab.kubeconfig"
    kubeconfig.write_text(platform["kubeconfig"])
    given = {"kubeconfig": kubeconfig, "context": platform["context"], "registry": platform["registry"]}
    settings = checkout.path / "stacks" / "Pulumi.lab.yaml"
    settings.write_text("config:\n" + "".join(f"  tradewind:{key}: {value}\n" for key, value in given.items()))
    yield checkout.make("up", "STACK=lab").ok()
    checkout.make("down", "STACK=lab").ok()
    settings.unlink()


def test_its_service_answers_at_the_clusters_own_address(lab: Result):
    [row] = [line for line in lab.stdout.splitlines() if line.startswith("embedder ")]
    with Traffic(row.split()[1]) as traffic:
        traffic.until_heard()
    assert traffic.lost == []


def test_what_is_installed_there_is_used_and_stays_as_it_was(checkout: Checkout, cluster: Cluster, lab: Result):
    deployments = cluster.get("/apis/apps/v1/deployments")["items"]
    found = [each["metadata"] for each in deployments if each["metadata"]["namespace"].startswith(INSTALLED)]
    controllers = [each for each in found if not each["name"].startswith("envoy-models")]
    assert {each["name"] for each in controllers} == {"keda-operator", "keda-metrics-apiserver", "envoy-gateway"}
    assert {each["generation"] for each in controllers} == {1}


def test_the_first_stack_sees_no_changes(checkout: Checkout, lab: Result):
    checkout.shell("pulumi preview -s local --expect-no-changes --non-interactive").ok()


def test_it_goes_and_the_first_one_stays(checkout: Checkout, cluster: Cluster, lab: Result):
    checkout.make("down", "STACK=lab").ok()
    namespaces = {each["metadata"]["name"] for each in cluster.get("/api/v1/namespaces")["items"]}
    assert "models" in namespaces
    assert not {each for each in namespaces if each.endswith("-lab")}
    checkout.shell("pulumi preview -s local --expect-no-changes --non-interactive").ok()
