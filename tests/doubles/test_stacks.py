"""Whole stacks against the doubles: every resource is judged, referenced and given back as its cloud would."""

import importlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from provider.protocol import Values
from tests.components import stacks
from tests.components.born_on_gcp import PROJECT
from tests.components.recording import ACCOUNT, Engine
from tests.doubles import aws, gcp
from tests.doubles import deployed_permissions as permissions
from tests.doubles.aws import models
from tests.doubles.cloud import Cloud
from tests.doubles.gcp import discovery
from tests.doubles.in_process import recorded_against, whole
from tests.doubles.walk import Finding

pytestmark = pytest.mark.stack

CHECKED_SHARE = 0.85
STACKS = ("dev", "prod", "public", "secrets")

CONFIG = {
    "aws": {"region": "eu-west-1", "allowedAccountIds": f'["{ACCOUNT}"]'},
    "gcp": {"region": "europe-west1", "project": PROJECT},
}
SOURCE = {"aws": models.findings, "gcp": discovery.findings}

IDS = {
    aws.ec2.VPC: r"vpc-[0-9a-f]{17}",
    aws.ec2.NAT: r"nat-[0-9a-f]{17}",
    aws.keys.KEY: r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    aws.domains.CERTIFICATE: r"arn:aws:acm:eu-west-1:[0-9]{12}:certificate/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    aws.iam.ROLE: r"(tradewind-)?aws-(dev|prod|public|secrets)-[a-z]+",
    gcp.compute.NETWORK: rf"projects/{PROJECT}/global/networks/tradewind-gcp-(dev|prod|public|secrets)",
    gcp.domains.CERTIFICATE: rf"projects/{PROJECT}/locations/global/certificates/tradewind-gcp-public-ai-example-com",
    gcp.platform.CLUSTER: rf"projects/{PROJECT}/locations/europe-west1/clusters/tradewind-gcp-(dev|prod|public|secrets)",
    gcp.access.ACCOUNT: rf"projects/{PROJECT}/serviceAccounts/[a-z-]+@{PROJECT}\.iam\.gserviceaccount\.com",
}


@dataclass(frozen=True)
class Deployed:
    kind: str
    engine: Engine
    cloud: Cloud

    @property
    def mine(self) -> list[Any]:
        """What the program asked of the cloud itself."""
        return [each for each in self.engine.made if each.type.startswith(f"{self.kind}:")]

    def findings(self) -> Iterator[tuple[str, Finding]]:
        rows = importlib.import_module(f"tests.doubles.{self.kind}").ROWS
        for each in self.mine:
            found = SOURCE[self.kind](rows[each.type], whole(each.inputs))
            yield from ((each.type, finding) for finding in found)
            unchecked = (path for path in rows[each.type].unchecked if path.partition("/")[0] in each.inputs)
            yield from ((each.type, ("unmatched", path, "excused")) for path in unchecked)


@pytest.fixture(scope="module", params=[f"{kind}-{which}" for kind in CONFIG for which in STACKS])
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    kind = request.param.partition("-")[0]
    cloud = Cloud(tmp_path_factory.mktemp(request.param) / f"{kind}.sqlite")
    double = importlib.import_module(f"tests.doubles.{kind}").double(cloud)
    double.configure(Values(CONFIG[kind]))
    with recorded_against(double):
        written = stacks.PUBLIC if request.param.endswith("-public") else {}
        secrets = stacks.SECRETS if request.param.endswith("-secrets") else ()
        return Deployed(kind, stacks.deployed(kind, request.param, secrets=secrets, **written), cloud)


def test_all_of_the_stack_is_in_the_cloud_once(stack: Deployed):
    assert Counter(thing.token for thing in stack.cloud.things()) == Counter(each.type for each in stack.mine)


def test_ids_look_as_those_of_the_cloud(stack: Deployed):
    for token, pattern in IDS.items():
        assert all(re.fullmatch(pattern, thing.id) for thing in stack.cloud.things(token)), token


def test_readers_learn_the_address_of_the_cache_that_the_cloud_gave(stack: Deployed):
    [told] = [each["stringData"] for each in stack.engine.objects() if each["kind"] == "Secret"]
    if stack.kind == "aws":
        assert re.fullmatch(
            r"rediss://master\.tradewind-[a-z-]+\.[a-z0-9]{6}\.euw1\.cache\.amazonaws\.com:6379", told["url"]
        )
    else:
        assert told["url"] == "rediss://10.20.64.3:6379"


def test_values_are_checked_against_the_clouds_own_models(stack: Deployed):
    found = list(stack.findings())
    unmatched = {(token, path) for token, (what, path, why) in found if what == "unmatched" and why != "excused"}
    assert not unmatched, "to fix: rename it in the row, or say why no source knows it"
    checked = sum(what == "checked" for _, (what, _, _) in found)
    excused = sum(what == "unmatched" for _, (what, _, _) in found)
    assert checked / (checked + excused) >= CHECKED_SHARE, f"{checked} checked, {excused} not"


def test_nothing_is_excused_that_no_stack_sets(stack: Deployed):
    rows = importlib.import_module(f"tests.doubles.{stack.kind}").ROWS
    for token in {each.type for each in stack.mine}:
        set_ = {name for each in stack.mine if each.type == token for name in each.inputs}
        assert {path.partition("/")[0] for path in rows[token].unchecked} - set_ <= PROD_ALONE, token


PROD_ALONE = {"automatedBackupConfig", "maintenancePolicy"}


@pytest.mark.parametrize(("service", "allowed"), [("embedder", True), ("ranker", False), ("embedder-two", False)])
def test_a_service_reads_its_own_artifacts_as_deployed(stack: Deployed, service: str, allowed: bool):
    cloud, key = stack.cloud, f"models/{service}/1/model.onnx"
    if stack.kind == "aws":
        [bucket] = [each.id for each in cloud.things(aws.storage.BUCKET) if each.id.endswith("-models")]
        [role] = [each.id for each in cloud.things(aws.iam.ROLE) if each.id.endswith("-embedder")]
        assert permissions.role_may(cloud, role, "s3:GetObject", f"arn:aws:s3:::{bucket}/{key}") is allowed
        assert not permissions.role_may(cloud, role, "s3:PutObject", f"arn:aws:s3:::{bucket}/{key}")
    else:
        [bucket] = [each.id for each in cloud.things(gcp.platform.BUCKET) if each.id.endswith("-models")]
        [account] = [each.id for each in cloud.things(gcp.access.ACCOUNT) if "-embedder@" in each.id]
        wanted = permissions.google_object(cloud, PROJECT, bucket, key)
        assert permissions.account_may(cloud, account, "storage.objects.get", wanted) is allowed
        assert not permissions.account_may(cloud, account, "storage.objects.create", wanted)


def test_a_node_pulls_images_and_pushes_none_as_deployed(stack: Deployed):
    cloud = stack.cloud
    if stack.kind == "aws":
        [repository] = cloud.things(aws.keys.REPOSITORY)
        [role] = [each.id for each in cloud.things(aws.iam.ROLE) if each.id.endswith("-nodes")]
        image = repository.outputs["arn"]
        assert permissions.role_may(cloud, role, "ecr:BatchGetImage", image)
        assert not permissions.role_may(cloud, role, "ecr:PutImage", image)
    else:
        [repository] = cloud.things(gcp.platform.REPOSITORY)
        [account] = [each.id for each in cloud.things(gcp.access.ACCOUNT) if "-nodes@" in each.id]
        images = permissions.google_repository(cloud, PROJECT, repository.inputs["repositoryId"])
        assert permissions.account_may(cloud, account, "artifactregistry.repositories.downloadArtifacts", images)
        assert not permissions.account_may(cloud, account, "artifactregistry.repositories.uploadArtifacts", images)
