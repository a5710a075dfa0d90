"""The stacks on AWS as graphs: what no single value of inventories/aws.yaml says."""

import json
from functools import partial
from pathlib import Path

import jsonschema
import pytest

from components.platforms.settings import StackSettings
from components.validation import InvalidInput
from tests.components import stacks
from tests.components.recording import ACCOUNT, DIGEST, Engine

pytestmark = pytest.mark.stack

SCHEMA = json.loads((Path(__file__).parents[2] / "components" / "outputs.schema.json").read_text())
WRITTEN = stacks.WRITTEN["aws"]
deployed = partial(stacks.deployed, "aws")


@pytest.fixture(scope="module")
def dev() -> Engine:
    return stacks.plain("aws", "aws-dev")


@pytest.fixture(scope="module")
def prod() -> Engine:
    return stacks.plain("aws", "aws-prod")


def test_the_outputs_are_those_of_every_platform(dev: Engine):
    jsonschema.validate(dev.outputs, SCHEMA)
    registry = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/aws-dev"
    assert dev.outputs["services"]["embedder"] == {
        "url": "http://entry.elb.example/embedder",
        "namespace": "models",
        "image": f"{registry}/tradewind/embedder@{DIGEST}",
        "replicas": {"min": 1, "max": 3},
    }
    assert dev.one("embedder-repository")["name"] == "aws-dev/tradewind/embedder"


def test_the_kubeconfig_holds_no_credential(dev: Engine):
    config = json.loads(dev.outputs["platform"]["kubeconfig"])
    [user] = config["users"]
    assert set(user["user"]) == {"exec"}
    assert user["user"]["exec"]["args"][:4] == ["eks", "get-token", "--cluster-name", "tradewind-aws-dev"]


UNTAGGED = (
    "Route", "RouteTableAssociation", "LifecyclePolicy", "Alias", "RolePolicy",
    "RolePolicyAttachment", "BucketLifecycleConfiguration", "BucketLogging", "BucketOwnershipControls", "BucketPolicy",
    "BucketPublicAccessBlock", "BucketServerSideEncryptionConfiguration", "BucketVersioning",
)  # fmt: skip
"""Types of AWS' API that take no tags."""


def test_whatever_can_carry_tags_says_whose_it_is(dev: Engine):
    for each in dev.made:
        if each.type.startswith("aws:") and each.type.rpartition(":")[2] not in UNTAGGED:
            assert each.inputs["tags"]["tradewind-owner"] == "aws-dev", each.name


def test_no_subnet_gives_public_addresses_and_no_two_overlap(dev: Engine):
    import ipaddress

    subnets = [each.inputs for each in dev.made if each.type == "aws:ec2/subnet:Subnet"]
    assert not any(each["mapPublicIpOnLaunch"] for each in subnets)
    ranges = [ipaddress.IPv4Network(each["cidrBlock"]) for each in subnets]
    assert not any(a.overlaps(b) for a in ranges for b in ranges if a is not b)
    assert all(each.subnet_of(ipaddress.IPv4Network("10.20.0.0/16")) for each in ranges)
    assert len({each["availabilityZone"] for each in subnets}) == 3


def test_prod_protects_what_holds_data_and_dev_does_not(dev: Engine, prod: Engine):
    assert dev.one("cluster-eks")["deletionProtection"] is False
    assert prod.one("cluster-eks")["deletionProtection"] is True
    assert prod.one("storage-models-bucket")["forceDestroy"] is False
    given_up = deployed("aws-prod", protect="false")
    assert given_up.one("cluster-eks")["deletionProtection"] is False
    assert protected(prod) == KEPT
    assert protected(dev) == protected(given_up) == set()


KEPT = {
    *("key-key", "cluster-eks", "cache-valkey-group", "embedder-repository"),
    *("storage-models-bucket", "storage-logs-bucket"),
    *("embedder-image", "embedder-lifecycle"),  # children of the repository
}


def protected(engine: Engine) -> set[str]:
    return {each.urn.rpartition("::")[2] for each in engine.registered if each.protected}


def test_administrators_reach_the_api_server_only_from_where_the_stack_says(dev: Engine):
    assert dev.one("cluster-eks")["vpcConfig"]["endpointPublicAccess"] is False
    opened = deployed("aws-dev", admin_cidrs='["203.0.113.7/32"]').one("cluster-eks")["vpcConfig"]
    assert (opened["endpointPublicAccess"], opened["publicAccessCidrs"]) == (True, ["203.0.113.7/32"])


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"account": "12"}, "account must match pattern"),
        ({"region": "eu-west-9"}, "region must be one of us-east-1"),
        ({"tier": "staging"}, "tier must be 'dev' or 'prod', got 'staging'"),
        ({"network_cidr": "10.20.0.0/24"}, "network_cidr must be a /16 to a /20, got '10.20.0.0/24'"),
        ({"network_cidr": "8.8.0.0/16"}, "network_cidr must lie in 10.0.0.0/8"),
        ({"network_cidr": "10.20.1.0/16"}, "network_cidr must be an IPv4 network"),
        ({"network_cidr": "172.20.0.0/16"}, "network_cidr must not overlap 172.20.0.0/16"),
        ({"admin_cidrs": '["0.0.0.0/0"]'}, "admin_cidrs must not open the API server to the world"),
        ({"admin_cidrs": '["everywhere"]'}, "admin_cidrs must hold IPv4 networks"),
        ({"regoin": "eu-west-1"}, "regoin is not a known key, got 'eu-west-1'. To fix: write region instead"),
        ({"kubeconfig": "a"}, "kubeconfig is not a known key"),
        ({"protect": "perhaps"}, "protect must be a valid boolean"),
    ],
)
def test_a_spoiled_setting_is_refused_by_name(written: dict[str, str], said: str):
    from components.platforms.aws import AwsSettings

    with pytest.raises(InvalidInput) as refused:
        StackSettings(stack="aws-dev", written=WRITTEN | written).read_as(AwsSettings)
    [line] = str(refused.value).splitlines()
    assert line.startswith(f"stacks/Pulumi.aws-dev.yaml: {said}") and "To fix: " in line


def test_services_stand_on_the_architecture_of_the_node_pool(dev: Engine):
    [pool] = [
        each
        for each in dev.one("cluster-node-pool")["spec"]["template"]["spec"]["requirements"]
        if "arch" in each["key"]
    ]
    pods = dev.one("embedder-replicas")["spec"]["template"]["spec"]
    assert pods["nodeSelector"] == {pool["key"]: pool["values"][0]}
