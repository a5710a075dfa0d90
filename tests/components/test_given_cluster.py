"""A cluster that others use too, as a real API server shows it: what is there is seen, and told from our own."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from components import naming
from components.addons import Existing
from components.addons.existing import look
from components.cluster import GivenCluster
from components.cluster.given import connect, read_given
from components.validation import InvalidInput
from tests.components.recording import Engine
from tests.support.api_server import ApiServer
from tests.support.installing import install_bases

pytestmark = pytest.mark.cluster

ADDRESS = "192.0.2.7"


def owner_of(stack: Engine) -> str:
    return stack.one("namespace-models")["metadata"]["labels"][naming.OWNER]


@pytest.fixture(scope="module")
def shared(api_server: ApiServer, stack: Engine, tmp_path_factory: pytest.TempPathFactory) -> GivenCluster:
    """A cluster where the stack `local` has installed itself, as another stack's settings name it."""
    node: dict[str, Any] = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "lab"}}
    api_server.cluster.apply(node, "tests")
    status = {"addresses": [{"type": "Hostname", "address": "lab"}, {"type": "InternalIP", "address": ADDRESS}]}
    api_server.patch("v1", "Node", None, "lab", {"status": status}, status=True)
    install_bases(api_server.cluster, stack.objects())
    for each in stack.objects():
        if each["kind"] == "GatewayClass" or each["metadata"]["name"] == "envoy-gateway":
            api_server.cluster.apply(each, "tests")
    path = tmp_path_factory.mktemp("lab") / "config"
    path.write_text(api_server.kubeconfig)
    return read_given(path, "tests", "stacks/Pulumi.lab.yaml")


def test_node_ports_are_reached_at_a_nodes_own_address(shared: GivenCluster):
    assert shared.host == ADDRESS


def test_another_stack_uses_what_the_first_installed(shared: GivenCluster):
    found = look(connect(shared), "another", ["models-lab", "cache-lab"])
    assert found == Existing(
        keda=True,
        gateway_api=True,
        envoy_gateway=True,
        envoy_gateway_namespace="envoy-gateway-system",
        gateway_class="tradewind",
    )


def test_the_stack_that_installed_it_goes_on_owning_it(shared: GivenCluster, stack: Engine):
    assert look(connect(shared), owner_of(stack), ["models"]) == Existing()


def test_a_namespace_that_is_not_ours_is_refused_and_not_taken_over(shared: GivenCluster):
    with pytest.raises(InvalidInput, match=r"has a namespace 'models' that is not this stack's .* To fix: "):
        look(connect(shared), "another", ["models"])


def test_only_the_chosen_contexts_credentials_are_kept(shared: GivenCluster, tmp_path: Path):
    both = yaml.safe_load(shared.kubeconfig)
    both["users"].append({"name": "stranger", "user": {"token": "secret"}})
    both["contexts"].append({"name": "other", "context": {"cluster": "tests", "user": "stranger"}})
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump(both))
    assert "secret" not in read_given(path, "tests", "stacks/Pulumi.lab.yaml").kubeconfig


def test_credentials_that_are_refused_are_one_line(shared: GivenCluster, tmp_path: Path):
    broken = yaml.safe_load(shared.kubeconfig)
    broken["users"][0]["user"] = {"token": "wrong"}
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump(broken))
    with pytest.raises(InvalidInput) as caught:
        read_given(path, "tests", "stacks/Pulumi.lab.yaml")
    [line] = str(caught.value).splitlines()
    assert "does not answer or refuses" in line and "Unauthorized" in line
