"""Which id a lost resource has: as the doubles give it, for every type of the clouds' stacks."""

import pytest

from commands.cloud_ids import TABLE, UNKNOWN, id_of, tagged
from provider.protocol import Values
from tests.components import stacks
from tests.components.recording import ACCOUNT
from tests.doubles import aws, gcp
from tests.doubles.aws import tagging
from tests.doubles.cloud import Cloud
from tests.doubles.in_process import recorded_against
from tests.doubles.test_stacks import CONFIG

DOUBLES = {"aws": aws, "gcp": gcp}
ROWS = {**aws.ROWS, **gcp.ROWS}
RELEASE = "kubernetes:helm.sh/v3:Release"


@pytest.mark.stack
@pytest.mark.parametrize("kind", DOUBLES)
def test_every_resource_is_found_under_the_id_that_its_cloud_gave(kind: str, tmp_path):
    cloud = Cloud(tmp_path / "cloud.sqlite")
    double = DOUBLES[kind].double(cloud)
    double.configure(Values(CONFIG[kind]))
    with recorded_against(double):
        stacks.deployed(kind, f"{kind}-dev", secrets=stacks.SECRETS, **stacks.PUBLIC)
    by_tag = tagged(tagging.resources(cloud, {"region": "eu-west-1"})["resourceTagMappingLists"])
    things = [thing for thing in cloud.things() if not ROWS[thing.token].again]
    assert len(things) > 15
    for thing in things:
        imported_by = ROWS[thing.token].imported_by
        theirs = imported_by(thing.inputs) if imported_by else thing.id
        assert id_of(thing.token, thing.inputs, by_tag, ACCOUNT) == theirs


def test_no_row_of_the_table_is_of_a_type_that_no_stack_makes():
    assert TABLE.fixed.keys() | TABLE.tagged.keys() <= ROWS.keys() | {RELEASE}
    assert not TABLE.fixed.keys() & TABLE.tagged.keys()


@pytest.mark.parametrize("inputs", [{"keyRing": UNKNOWN, "name": "data"}, {"name": "data"}], ids=["unknown", "missing"])
def test_an_id_with_an_unknown_part_is_none(inputs: dict[str, str]):
    assert id_of("gcp:kms/cryptoKey:CryptoKey", inputs, {}) is None


def test_a_release_is_found_by_namespace_and_name():
    """As its provider names it: https://www.pulumi.com/registry/packages/kubernetes/api-docs/helm/v3/release/#import"""
    assert id_of(RELEASE, {"name": "keda", "namespace": "keda-system", "chart": "keda"}, {}) == "keda-system/keda"


def test_what_the_cloud_names_is_found_by_its_tag_alone():
    mappings = [
        {"resourceArn": f"arn:aws:ec2:eu-west-1:123456789012:{path}", "tags": {"tradewind-resource": name}}
        for path, name in {"vpc/vpc-1": "network-vpc", "subnet/subnet-1": "network-vpc", "vpc/vpc-2": "other"}.items()
    ]
    inputs = {"cidrBlock": "10.0.0.0/16", "tags": {"tradewind-resource": "network-vpc"}}
    assert id_of("aws:ec2/vpc:Vpc", inputs, tagged(mappings)) == "vpc-1"
    assert id_of("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/16"}, tagged(mappings)) is None


def test_a_path_of_an_arn_ends_with_the_id():
    arn = "arn:aws:eks:eu-west-1:123456789012:podidentityassociation/lab/a-1"
    found = tagged([{"resourceArn": arn, "tags": {"tradewind-resource": "it"}}])
    assert found == {("eks:podidentityassociation", "it"): "a-1"}


def test_what_has_its_whole_arn_for_an_id_is_found_by_it_and_what_has_no_type_is_no_trouble():
    secret = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:tradewind/lab/embedder/api-token-AbCdEf"
    mappings = [{"resourceArn": arn, "tags": {"tradewind-resource": "it"}} for arn in (secret, "arn:aws:s3:::bucket")]
    assert tagged(mappings)["secretsmanager:secret", "it"] == secret


def test_a_location_is_a_region():
    inputs = {"project": "p", "location": "europe-west1", "name": "c"}
    assert id_of("gcp:container/cluster:Cluster", inputs, {}) == "projects/p/locations/europe-west1/clusters/c"
