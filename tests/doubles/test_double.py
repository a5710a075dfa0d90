"""What the double refuses, keeps and forgets, asked one call at a time as the engine asks it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from provider.protocol import UNKNOWN, InitFailed, Values
from tests.components.recording import ACCOUNT
from tests.doubles import aws
from tests.doubles.aws.ec2 import EIP, GATEWAY, GROUP, NAT, SUBNET, TABLE, VPC
from tests.doubles.aws.eks import CLUSTER
from tests.doubles.aws.keys import KEY, LOGS
from tests.doubles.aws.storage import BUCKET
from tests.doubles.cloud import Cloud
from tests.doubles.double import Double
from tests.doubles.faults import CloudError
from tests.doubles.in_process import asked

INGRESS, ROUTE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "aws:ec2/route:Route"
RANGE = {"cidrBlock": "10.20.0.0/16"}


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    return Cloud(tmp_path / "aws.sqlite")


@pytest.fixture
def double(cloud: Cloud) -> Double:
    double = aws.double(cloud)
    double.configure(Values({"region": "eu-west-1", "allowedAccountIds": [ACCOUNT]}))
    return double


def made(double: Double, token: str, inputs: dict[str, Any], name: str = "it") -> str:
    return double.create(asked(token, name, inputs)).id


def failures(double: Double, token: str, inputs: dict[str, Any]) -> list[str]:
    return [f"{path} {why}" for path, why in double.check(asked(token, "it", inputs)).failures]


def test_a_type_without_a_row_is_refused(double: Double):
    with pytest.raises(LookupError, match=r"^no double for aws:sqs/queue:Queue"):
        double.check(asked("aws:sqs/queue:Queue", "it", {}))
    with pytest.raises(LookupError, match=r"^no double for aws:index/getRegion:getRegion"):
        double.invoke("aws:index/getRegion:getRegion", Values())


@pytest.mark.parametrize(
    ("token", "inputs", "said"),
    [
        (VPC, {"cidrBlok": "10.0.0.0/16"}, "cidrBlok is no property of this type"),
        (VPC, {"cidrBlock": 10}, "cidrBlock must be a string, got 10"),
        (VPC, RANGE | {"instanceTenancy": "shared"}, "instanceTenancy must be one of default, dedicated, host, got 'shared'"),
        (VPC, {"cidrBlock": "10.0.0.0/8"}, "cidrBlock InvalidVpc.Range: the block must be a /16 to a /28"),
        (VPC, {"cidrBlock": "10.0.0.1/16"}, "cidrBlock InvalidVpc.Range: '10.0.0.1/16' is no IPv4 network"),
        (VPC, RANGE | {"tags": {"aws:owner": "me"}}, "tags must have keys of"),
        (SUBNET, {"cidrBlock": "10.20.0.0/18"}, "vpcId is required, and missing"),
        (LOGS, {"name": "flows", "retentionInDays": 91}, "retentionInDays InvalidParameterException: must be one of"),
        (LOGS, {"name": "a group"}, "name must match"),
        (BUCKET, {"bucket": "B_kt"}, "bucket InvalidBucketName"),
        (KEY, {"deletionWindowInDays": 3}, "deletionWindowInDays ValidationException: must be 7 to 30"),
        (KEY, {"policy": "{"}, "policy MalformedPolicyDocument: this policy contains invalid JSON"),
        (aws.iam.ROLE, {"name": "r" * 65, "assumeRolePolicy": "{}"}, "name must have 1 to 64 characters, got 65"),
        (aws.iam.ROLE, {"name": "r", "assumeRolePolicy": "{}"}, "assumeRolePolicy MalformedPolicyDocument"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named_with_the_reason(double: Double, token: str, inputs: dict[str, Any], said: str):
    assert any(line.startswith(said) for line in failures(double, token, inputs)), failures(double, token, inputs)


def test_a_nested_value_is_named_by_its_path(double: Double):
    cluster = {
        "roleArn": f"arn:aws:iam::{ACCOUNT}:role/control",
        "vpcConfig": {"subnetIds": ["subnet-1"]},
        "upgradePolicy": {"supportType": "FOREVER"},
    }
    [line] = failures(double, CLUSTER, cluster)
    assert line == "upgradePolicy/supportType must be one of STANDARD, EXTENDED, got 'FOREVER'"


def test_what_a_preview_does_not_know_is_no_mistake(double: Double):
    assert failures(double, SUBNET, {"vpcId": UNKNOWN, "cidrBlock": "10.20.0.0/18"}) == []
    foreseen = double.create(asked(VPC, "it", RANGE, preview=True))
    assert (foreseen.id, foreseen.state.plain["arn"], foreseen.state.plain["cidrBlock"]) == (
        "",
        UNKNOWN,
        "10.20.0.0/16",
    )


def test_what_it_refers_to_has_to_be_there(double: Double, cloud: Cloud):
    with pytest.raises(CloudError, match=r"^NotFound: vpcId names the Vpc 'vpc-0'"):
        made(double, GATEWAY, {"vpcId": "vpc-0"})
    assert cloud.things() == []


def test_what_is_in_use_stays(double: Double, cloud: Cloud):
    vpc = made(double, VPC, RANGE)
    gateway = made(double, GATEWAY, {"vpcId": vpc})
    with pytest.raises(CloudError, match=f"^DependencyViolation: {vpc} is in use by .* {gateway}"):
        double.delete(asked(VPC, "it", RANGE, id=vpc))
    double.delete(asked(GATEWAY, "it", {"vpcId": vpc}, id=gateway))
    double.delete(asked(VPC, "it", RANGE, id=vpc))
    assert cloud.things() == []


def test_a_name_is_taken_once(double: Double):
    vpc = made(double, VPC, RANGE)
    made(double, GROUP, {"vpcId": vpc, "name": "cache"})
    with pytest.raises(CloudError, match=r"^AlreadyExists: .* with vpcId 'vpc-.*, name 'cache' exists already"):
        made(double, GROUP, {"vpcId": vpc, "name": "cache"}, "another")


@pytest.mark.parametrize(
    ("cidr", "said"), [("10.20.32.0/19", "InvalidSubnet.Conflict"), ("10.21.0.0/18", "InvalidSubnet.Range")]
)
def test_subnets_lie_in_their_vpc_beside_each_other(double: Double, cidr: str, said: str):
    vpc = made(double, VPC, RANGE)
    made(double, SUBNET, {"vpcId": vpc, "cidrBlock": "10.20.0.0/18"})
    with pytest.raises(CloudError, match=f"^{said}: .* \\(cidrBlock\\)$"):
        made(double, SUBNET, {"vpcId": vpc, "cidrBlock": cidr}, "another")


def test_what_is_missing_is_said_where_no_preview_could_foresee_it(double: Double):
    vpc = made(double, VPC, RANGE)
    group = {"securityGroupId": made(double, GROUP, {"vpcId": vpc, "name": "cache"}), "ipProtocol": "tcp"}
    assert failures(double, INGRESS, group | {"cidrIpv4": UNKNOWN, "fromPort": UNKNOWN, "toPort": UNKNOWN}) == []
    with pytest.raises(CloudError, match=r"^InvalidParameterValue: both ports are needed with TCP"):
        made(double, INGRESS, group | {"cidrIpv4": "10.20.0.0/16"})
    route = {"routeTableId": made(double, TABLE, {"vpcId": vpc}), "destinationCidrBlock": "0.0.0.0/0"}
    assert failures(double, ROUTE, route | {"natGatewayId": UNKNOWN}) == []
    with pytest.raises(CloudError, match=r"^InvalidParameterCombination: a route has exactly one target"):
        made(double, ROUTE, route)


def test_what_has_no_value_is_taken_by_nobody(double: Double, cloud: Cloud):
    made(double, GATEWAY, {}, "one")
    made(double, GATEWAY, {}, "other")
    assert len(cloud.things(GATEWAY)) == 2


def test_what_was_changed_behind_the_engines_back_is_read(double: Double, cloud: Cloud):
    vpc = made(double, VPC, RANGE | {"enableDnsSupport": True})
    found = cloud.get(VPC, vpc)
    cloud.put(replace(found, inputs=found.inputs | {"enableDnsSupport": False}))
    read = double.read(asked(VPC, "it", {}, id=vpc))
    assert (read.state.plain["enableDnsSupport"], read.inputs.plain["enableDnsSupport"]) == (False, False)
    cloud.remove(VPC, vpc)
    assert double.read(asked(VPC, "it", {}, id=vpc)) is None


def test_a_deleted_key_waits_and_a_new_one_has_another_id(double: Double, cloud: Cloud):
    first = made(double, KEY, {})
    double.delete(asked(KEY, "it", {}, id=first))
    assert [each.kept for each in cloud.things(KEY, kept=True)] == ["pending deletion"]
    assert made(double, KEY, {}) != first


def test_a_thing_keeps_its_number_until_it_is_made_anew(double: Double, cloud: Cloud):
    id = made(double, LOGS, {"name": "/eks/shop"})
    [first] = cloud.things(LOGS)
    cloud.put(replace(first, inputs=first.inputs | {"retentionInDays": 7}))
    assert [thing.number for thing in cloud.things(LOGS)] == [first.number]
    cloud.remove(LOGS, id)
    made(double, LOGS, {"name": "/eks/shop"})
    assert [thing.number for thing in cloud.things(LOGS)] != [first.number]


def test_replacement_follows_the_clouds_own_schemas(double: Double):
    def replaced(token: str, old: dict[str, Any], new: dict[str, Any]) -> set[str]:
        diff = double.diff(asked(token, "it", new, old_inputs=Values(old)))
        assert diff.changes
        return {path[0] for path in diff.replaces}

    assert replaced(VPC, RANGE, {"cidrBlock": "10.30.0.0/16"}) == {"cidrBlock"}
    assert replaced(VPC, RANGE, RANGE | {"enableDnsSupport": True}) == set()
    public = {"accessConfig": {"authenticationMode": "API_AND_CONFIG_MAP"}}
    assert replaced(CLUSTER, public, {"accessConfig": {"authenticationMode": "API"}}) == set()
    creator = {"accessConfig": {"bootstrapClusterCreatorAdminPermissions": True}}
    assert replaced(CLUSTER, creator, {"accessConfig": {}}) == {"accessConfig"}


@pytest.mark.parametrize(("kind", "there"), [("error", 0), ("quota", 0), ("lost", 1)])
def test_a_fault_is_told_and_happens_once(double: Double, cloud: Cloud, kind: Any, there: int):
    cloud.plan("create", VPC, kind)
    with pytest.raises(CloudError):
        made(double, VPC, RANGE)
    assert len(cloud.things(VPC)) == there
    made(double, VPC, RANGE)
    assert len(cloud.things(VPC)) == there + 1


def test_a_throttled_call_is_tried_again_and_given_up_at_last(double: Double, cloud: Cloud):
    cloud.plan("create", VPC, "throttle", times=2)
    made(double, VPC, RANGE)
    assert [each[3] for each in cloud.operations()] == ["throttled", "throttled", "done"]
    cloud.plan("create", VPC, "throttle", times=9)
    with pytest.raises(CloudError, match="ThrottlingException"):
        made(double, VPC, RANGE)


def test_what_never_becomes_ready_is_there_all_the_same(double: Double, cloud: Cloud):
    cloud.plan("create", NAT, "init")
    vpc = made(double, VPC, RANGE)
    subnet = made(double, SUBNET, {"vpcId": vpc, "cidrBlock": "10.20.0.0/18"})
    made(double, GATEWAY, {"vpcId": vpc})
    inputs = {"subnetId": subnet, "allocationId": made(double, EIP, {"domain": "vpc"})}
    with pytest.raises(InitFailed) as failed:
        made(double, NAT, inputs)
    assert [each.id for each in cloud.things(NAT)] == [failed.value.id]


def test_protection_is_a_setting_of_the_cluster(double: Double, cloud: Cloud):
    role = made(double, aws.iam.ROLE, {"name": "control", "assumeRolePolicy": TRUST})
    vpc = made(double, VPC, RANGE)
    subnets = [
        made(double, SUBNET, {"vpcId": vpc, "cidrBlock": cidr, "availabilityZone": zone}, zone)
        for cidr, zone in (("10.20.0.0/18", "eu-west-1a"), ("10.20.64.0/18", "eu-west-1b"))
    ]
    inputs = {
        "name": "lab",
        "roleArn": cloud.look(aws.iam.ROLE, role, "arn"),
        "vpcConfig": {"subnetIds": subnets},
        "deletionProtection": True,
    }
    made(double, CLUSTER, inputs)
    with pytest.raises(CloudError, match=r"^InvalidRequestException: the cluster has deletion protection"):
        double.delete(asked(CLUSTER, "it", inputs, id="lab"))
    double.update(asked(CLUSTER, "it", inputs | {"deletionProtection": False}, id="lab"))
    double.delete(asked(CLUSTER, "it", inputs, id="lab"))
    assert cloud.things(CLUSTER) == []


TRUST = """{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}, "Action": "sts:AssumeRole"}
]}"""
