"""The double under the real engine and the real SDK: what a person sees of the rooms of AWS over their life."""

import json
from dataclasses import replace

import pytest

from commands.place import PLACE
from tests.doubles import aws
from tests.doubles.cloud import Cloud
from tests.doubles.conftest import Rehearse
from tests.support.engine import Stack

pytestmark = pytest.mark.cluster  # needs no API server, but the built engine

PROGRAM = """
import pulumi, pulumi_aws as aws
from components.network import NetworkArgs
from components.network.aws import AwsNetwork
from components.secrets.aws import AwsKey

provider = aws.Provider("aws", region="eu-west-1", allowed_account_ids=["123456789012"])
cloud = pulumi.ResourceOptions(providers=[provider])
zones = aws.get_availability_zones_output(state="available", opts=pulumi.InvokeOutputOptions(provider=provider)).names
key = AwsKey("key", "lab", "123456789012", "eu-west-1", False, cloud)
network = AwsNetwork("network", NetworkArgs(cidr="10.20.0.0/16", owner="lab"), "eu-west-1", zones, key, cloud)
pulumi.export("vpc", network.vpc.arn)
"""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Cloud:
    return Cloud(tmp_path_factory.mktemp("rehearsal") / "aws.sqlite")


@pytest.fixture(scope="module")
def stack(rehearse: Rehearse, cloud: Cloud) -> Stack:
    return rehearse("rooms", PROGRAM, cloud.file.parent)


def pending(stack: Stack) -> list[object]:
    return json.loads(stack.export())["deployment"].get("pending_operations", [])


def test_the_rooms_come_up_and_stay(stack: Stack, cloud: Cloud):
    assert stack.preview().changes["to create"] == stack.up().changes["created"]
    [vpc] = cloud.things(aws.ec2.VPC)
    assert stack.outputs() == {"vpc": vpc.outputs["arn"]}
    assert set(stack.up().changes) == {"unchanged"}


def test_drift_is_found_by_its_resource_and_property(stack: Stack, cloud: Cloud):
    [vpc] = cloud.things(aws.ec2.VPC)
    cloud.put(replace(vpc, inputs=vpc.inputs | {"enableDnsSupport": False}))
    refreshed = stack.run("refresh", "--yes", "--skip-preview", "--diff").text
    assert "network-vpc" in refreshed and "enableDnsSupport" in refreshed
    assert stack.up().changes["updated"] == 1
    assert cloud.get(aws.ec2.VPC, vpc.id) == vpc


def test_a_lost_answer_is_told_and_a_unique_name_keeps_it_from_being_doubled(stack: Stack, cloud: Cloud):
    stack.destroy()
    cloud.plan("create", aws.keys.LOGS, "lost")
    assert "RequestTimeout" in stack.up(fails=True).text
    assert "AlreadyExists" in stack.up(fails=True).text
    [orphan] = cloud.things(aws.keys.LOGS)
    cloud.remove(orphan.token, orphan.id)
    stack.up()
    assert not pending(stack)


def test_what_never_became_ready_is_settled_by_the_next_up(stack: Stack, cloud: Cloud):
    stack.destroy()
    cloud.plan("create", aws.ec2.NAT, "init")
    assert "did not become ready" in stack.up(fails=True).text
    stack.up()
    assert len(cloud.things(aws.ec2.NAT)) == 1 and not pending(stack)


def test_a_plugin_that_dies_leaves_a_stack_that_converges(stack: Stack, cloud: Cloud):
    stack.destroy()
    cloud.plan("create", aws.ec2.VPC, "die")
    stack.up(fails=True)
    stack.up()
    assert len(cloud.things(aws.ec2.VPC)) == 1


def test_all_is_gone_but_what_the_cloud_keeps(stack: Stack, cloud: Cloud):
    stack.destroy()
    assert cloud.things() == []
    assert {each.token for each in cloud.things(kept=True)} == {aws.keys.KEY}


def test_it_does_not_start_outside_a_rehearsal(stack: Stack):
    del stack._environment[PLACE]
    assert "starts in a rehearsal alone" in stack.preview(fails=True).text
