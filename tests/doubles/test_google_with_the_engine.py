"""Google's double under the real engine and the real SDK: APIs first, drift by its name, and what Google never deletes."""

from dataclasses import replace

import pytest

from tests.doubles import gcp
from tests.doubles.cloud import Cloud
from tests.doubles.conftest import Rehearse
from tests.support.engine import Stack

pytestmark = pytest.mark.cluster  # needs no API server, but the built engine

PROGRAM = """
import pulumi, pulumi_gcp as gcp
from components.network import NetworkArgs
from components.network.gcp import GcpNetwork
from components.platforms.gcp_apis import GcpApis, after
from components.secrets.gcp import GcpKey, GcpKeyArgs

project, region = "tradewind-dev", "europe-west1"
provider = gcp.Provider("gcp", project=project, region=region)
apis = GcpApis("apis", project, pulumi.ResourceOptions(providers=[provider]))
cloud = pulumi.ResourceOptions(providers=[provider], transformations=[after(apis.on)])
key = GcpKey("key", GcpKeyArgs(owner="lab", project=project, project_number=apis.project_number, region=region), apis.on, cloud)
network = GcpNetwork("network", NetworkArgs(cidr="10.30.0.0/16", owner="lab"), project, region, cloud)
pulumi.export("network", network.id)
"""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Cloud:
    return Cloud(tmp_path_factory.mktemp("rehearsal") / "gcp.sqlite")


@pytest.fixture(scope="module")
def stack(rehearse: Rehearse, cloud: Cloud) -> Stack:
    return rehearse("google-rooms", PROGRAM, cloud.file.parent)


def test_the_rooms_come_up_and_stay(stack: Stack, cloud: Cloud):
    assert stack.preview().changes["to create"] == stack.up().changes["created"]
    assert stack.outputs() == {"network": "projects/tradewind-dev/global/networks/tradewind-lab"}
    assert set(stack.up().changes) == {"unchanged"}


def test_drift_is_found_by_its_resource_and_property(stack: Stack, cloud: Cloud):
    [network] = cloud.things(gcp.compute.NETWORK)
    cloud.put(replace(network, inputs=network.inputs | {"routingMode": "GLOBAL"}))
    refreshed = stack.run("refresh", "--yes", "--skip-preview", "--diff").text
    assert "network-vpc" in refreshed and "routingMode" in refreshed
    assert stack.up().changes["updated"] == 1
    assert cloud.get(gcp.compute.NETWORK, network.id) == network


def test_a_destroy_leaves_the_key_and_nothing_else(stack: Stack, cloud: Cloud):
    stack.destroy()
    left = [thing for thing in cloud.things() if not gcp.ROWS[thing.token].leaves(thing.inputs)]
    assert {thing.token for thing in left} == {gcp.access.RING, gcp.access.KEY}
