"""From a preview's JSON to the plan of a bare program."""

import json
from types import SimpleNamespace

import pulumi
import pytest
from pulumi.runtime.rpc import UNKNOWN

from bench.bare import with_references
from bench.plans import SECRET, plan

PREFIX = "urn:pulumi:aws-dev::tradewind::"
VPC = f"{PREFIX}tradewind:network:Network$aws:ec2/vpc:Vpc::network-vpc"
PROVIDER = f"{PREFIX}pulumi:providers:aws::aws"


def step(**state) -> dict:
    return {"op": "create", "urn": state["urn"], "newState": state}


@pytest.fixture
def preview() -> str:
    steps = [
        step(urn=f"{PREFIX}pulumi:pulumi:Stack::tradewind-aws-dev", type="pulumi:pulumi:Stack"),
        step(urn=f"{PREFIX}pulumi:providers:tradewind::default_0_1_0", type="pulumi:providers:tradewind", custom=True),
        step(urn=PROVIDER, type="pulumi:providers:aws", custom=True, inputs={"region": "eu-west-1"}),
        step(urn=f"{PREFIX}tradewind:network:Network::network", type="tradewind:network:Network"),
        step(
            urn=VPC,
            type="aws:ec2/vpc:Vpc",
            custom=True,
            provider=f"{PROVIDER}::{UNKNOWN}",
            protect=True,
            inputs={"__defaults": [], "cidrBlock": "10.20.0.0/16", "tags": {"Name": {SECRET: "x", "ciphertext": "y"}}},
        ),
        step(
            urn=f"{PREFIX}aws:ec2/subnet:Subnet::a",
            type="aws:ec2/subnet:Subnet",
            custom=True,
            dependencies=[VPC],
            propertyDependencies={"vpcId": [VPC]},
            inputs={"vpcId": UNKNOWN},
        ),
    ]
    return json.dumps({"steps": steps})


def test_components_and_what_pulumi_makes_itself_are_left_out(preview: str):
    assert [each["type"] for each in plan(preview)] == [
        "pulumi:providers:aws",
        "aws:ec2/vpc:Vpc",
        "aws:ec2/subnet:Subnet",
    ]


def test_inputs_stay_and_what_is_not_shown_has_a_text_in_its_place(preview: str):
    vpc = plan(preview)[1]
    assert vpc["inputs"] == {"cidrBlock": "10.20.0.0/16", "tags": {"Name": "secret"}}
    assert vpc["names"]["cidrBlock"] == "cidr_block"
    assert (vpc["provider"], vpc["protect"]) == (PROVIDER, True)


def test_references_are_kept_by_property(preview: str):
    subnet = plan(preview)[2]
    assert subnet["references"] == {"vpcId": [VPC]}
    assert subnet["dependencies"] == [VPC]


def test_only_what_a_preview_cannot_know_becomes_a_reference():
    found = with_references({"known": ["a"], "nested": [{"unknown": UNKNOWN}]}, [SimpleNamespace(id="vpc-1")])
    assert found["known"] == ["a"]
    assert isinstance(found["nested"][0]["unknown"], pulumi.Output)


def test_what_waits_for_no_resource_stays_unknown_as_it_is():
    assert with_references([UNKNOWN], []) == [UNKNOWN]
