"""Whole AWS stacks against the double: every resource is judged, referenced and given back as the cloud would."""

import re
from collections import Counter
from pathlib import Path

import pytest

from provider.protocol import Values
from tests.components import stacks
from tests.components.recording import ACCOUNT, Engine
from tests.doubles import aws
from tests.doubles.aws import models
from tests.doubles.cloud import Cloud
from tests.doubles.double import Double
from tests.doubles.in_process import recorded_against, whole

CHECKED_SHARE = 0.85


def a_double(folder: Path) -> Double:
    double = aws.double(Cloud(folder / "aws.sqlite"))
    double.configure(Values({"region": "eu-west-1", "allowedAccountIds": [ACCOUNT]}))
    return double


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Cloud:
    return Cloud(tmp_path_factory.mktemp("cloud") / "aws.sqlite")


@pytest.fixture(scope="module", params=["aws-dev", "aws-prod"])
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Engine, Cloud]:
    folder = tmp_path_factory.mktemp(request.param)
    with recorded_against(a_double(folder)):
        return stacks.deployed("aws", request.param), Cloud(folder / "aws.sqlite")


def test_all_of_the_stack_is_in_the_cloud_once(stack: tuple[Engine, Cloud]):
    engine, cloud = stack
    asked = Counter(each.type for each in engine.made if each.type.startswith("aws:"))
    assert Counter(thing.token for thing in cloud.things()) == asked


def test_ids_and_addresses_look_as_those_of_the_cloud(stack: tuple[Engine, Cloud]):
    engine, cloud = stack
    for token, pattern in {
        aws.ec2.VPC: r"vpc-[0-9a-f]{17}",
        aws.ec2.NAT: r"nat-[0-9a-f]{17}",
        aws.keys.KEY: r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        aws.iam.ROLE: r"(tradewind-)?aws-(dev|prod)-[a-z]+",
    }.items():
        assert all(re.fullmatch(pattern, thing.id) for thing in cloud.things(token)), token
    [cluster] = cloud.things(aws.eks.CLUSTER)
    host = r"https://[0-9A-F]{32}\.gr7\.eu-west-1\.eks\.amazonaws\.com"
    assert re.fullmatch(host, cluster.outputs["endpoint"])
    [cache] = cloud.things(aws.cache.REPLICATION)
    address = rf"master\.{cache.id}\.[a-z0-9]{{6}}\.euw1\.cache\.amazonaws\.com"
    assert re.fullmatch(address, cache.outputs["primaryEndpointAddress"])
    secrets = [each["stringData"]["url"] for each in engine.objects() if each["kind"] == "Secret"]
    assert secrets == [f"rediss://{cache.outputs['primaryEndpointAddress']}:6379"]


def test_the_values_are_checked_against_awss_own_models(stack: tuple[Engine, Cloud]):
    engine, _ = stack
    found = Counter()
    unmatched = set()
    for each in engine.made:
        if each.type in aws.ROWS:
            row = aws.ROWS[each.type]
            for what, path, _ in models.findings(row, whole(each.inputs)):
                found[what] += 1
                unmatched |= {f"{each.type} {path}"} if what == "unmatched" else set()
            found["unchecked"] += sum(path.partition("/")[0] in each.inputs for path in row.unchecked)
    assert not unmatched, "to fix: rename it in the row, or say why no source knows it"
    assert found["checked"] / (found["checked"] + found["unchecked"]) >= CHECKED_SHARE, found
