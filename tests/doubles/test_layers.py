"""Two layers against the doubles: the clouds hold what they hold of one stack, and let its services do as much."""

from collections import Counter
from dataclasses import dataclass

import pytest

from provider.protocol import Values
from tests.components import stacks
from tests.components.born_on_gcp import PROJECT
from tests.doubles import aws, gcp
from tests.doubles import deployed_permissions as permissions
from tests.doubles.cloud import Cloud, Thing
from tests.doubles.double import Double
from tests.doubles.in_process import recorded_against
from tests.doubles.test_stacks import CONFIG

pytestmark = pytest.mark.stack

DOUBLES = {"aws": aws, "gcp": gcp}


@dataclass(frozen=True)
class Both:
    """A cloud with one stack in it, and one with the same in two layers."""

    kind: str
    one: Cloud
    two: Cloud
    before: list[Thing]
    """What the platform's layer had made, before there were services."""


@pytest.fixture(scope="module", params=DOUBLES)
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Both:
    kind = request.param
    one, two = (Cloud(tmp_path_factory.mktemp(kind) / "cloud.sqlite") for _ in range(2))
    with recorded_against(configured(kind, one)):
        stacks.deployed(kind, f"{kind}-dev", secrets=stacks.SECRETS)
    with recorded_against(configured(kind, two)):
        outputs = stacks.platform_alone(kind, secrets=stacks.SECRETS).outputs
        before = two.things()
        stacks.services_alone(kind, outputs, secrets=stacks.SECRETS)
    return Both(kind, one, two, before)


def configured(kind: str, cloud: Cloud) -> Double:
    double = DOUBLES[kind].double(cloud)
    double.configure(Values(CONFIG[kind]))
    return double


def test_all_of_both_is_in_the_cloud_once(both: Both):
    assert Counter(each.token for each in both.two.things()) == Counter(each.token for each in both.one.things())


def test_the_services_change_nothing_of_the_platform(both: Both):
    after = both.two.things()
    assert len(after) > len(both.before)
    assert [each for each in both.before if each not in after] == []


@pytest.mark.parametrize(("whose", "answers"), [("embedder", {True, False}), ("ranker", {False})])
def test_a_service_may_do_as_much_as_in_one_stack(both: Both, whose: str, answers: set[bool]):
    may = {"aws": role_may, "gcp": account_may}[both.kind]
    in_one, in_two = may(both.one, f"{both.kind}-dev", whose), may(both.two, f"{both.kind}-apps", whose)
    assert in_two == in_one
    assert set(in_one.values()) == answers


def role_may(cloud: Cloud, stack: str, whose: str) -> dict[str, bool]:
    """What the embedder's role may do to the artifacts of a service, and to what is no artifact."""
    [bucket] = [each.id for each in cloud.things(aws.storage.BUCKET) if each.id.endswith("-models")]
    [key] = [each.outputs["arn"] for each in cloud.things(aws.keys.KEY)]
    [images] = [each.outputs["arn"] for each in cloud.things(aws.keys.REPOSITORY)]
    role = f"tradewind-{stack}-embedder"
    artifact = f"arn:aws:s3:::{bucket}/models/{whose}/1/model.onnx"
    context = {**permissions.TLS, "kms:EncryptionContext:aws:s3:arn": artifact}
    asked = {
        **dict.fromkeys(("s3:GetObject", "s3:PutObject", "s3:DeleteObject"), artifact),
        **dict.fromkeys(("kms:Decrypt", "kms:Encrypt"), key),
        "ecr:PutImage": images,
    }
    return {action: permissions.role_may(cloud, role, action, on, context) for action, on in asked.items()}


def account_may(cloud: Cloud, stack: str, whose: str) -> dict[str, bool]:
    """The same of the embedder's account."""
    [bucket] = [each.id for each in cloud.things(gcp.platform.BUCKET) if each.id.endswith("-models")]
    [account] = [each.id for each in cloud.things(gcp.access.ACCOUNT) if f"/tradewind-{stack}-embedder@" in each.id]
    [repository] = [each.inputs["repositoryId"] for each in cloud.things(gcp.platform.REPOSITORY)]
    artifact = permissions.google_object(cloud, PROJECT, bucket, f"models/{whose}/1/model.onnx")
    images = permissions.google_repository(cloud, PROJECT, repository)
    asked = {
        **dict.fromkeys(("storage.objects.get", "storage.objects.create", "storage.objects.delete"), artifact),
        "artifactregistry.repositories.uploadArtifacts": images,
    }
    return {permission: permissions.account_may(cloud, account, permission, on) for permission, on in asked.items()}
