"""Two services with a secret of one name: each reads its own alone, and a deleted one is what its cloud makes of it."""

import importlib
from dataclasses import dataclass
from pathlib import Path

import pytest

from components.identity import IdentityArgs
from components.platforms.settings import StackSettings
from provider.protocol import Resource, Values
from tests.components import recording, stacks
from tests.components.born_on_gcp import PROJECT
from tests.doubles import aws, gcp
from tests.doubles import deployed_permissions as permissions
from tests.doubles.cloud import Cloud
from tests.doubles.double import Double
from tests.doubles.faults import CloudError
from tests.doubles.gcp.formats import NUMBER
from tests.doubles.in_process import asked, recorded_against
from tests.doubles.test_stacks import CONFIG

pytestmark = pytest.mark.stack

SERVICES = ("embedder", "ranker")


@dataclass(frozen=True)
class Deployed:
    kind: str
    cloud: Cloud
    double: Double


def opened(kind: str, folder: Path) -> Deployed:
    cloud = Cloud(folder / f"{kind}.sqlite")
    double = {"aws": aws, "gcp": gcp}[kind].double(cloud)
    double.configure(Values(CONFIG[kind]))
    return Deployed(kind, cloud, double)


def deploy(kind: str, tier: str) -> recording.Engine:
    stack = f"{kind}-{tier}"
    settings = StackSettings(stack=stack, written={"kind": kind, "tier": tier, **stacks.WRITTEN[kind]})

    def program() -> None:
        platform = importlib.import_module(f"components.platforms.{kind}").open_platform(settings, SERVICES, True)
        for name in SERVICES:
            who = IdentityArgs(
                service=name, namespace=platform.services_namespace, owner=platform.owner, secrets=["api-token"]
            )
            platform.identity(f"{name}-identity", who, platform.scope)

    return recording.run(program, stack=stack)


@pytest.fixture(scope="module")
def on_aws(tmp_path_factory: pytest.TempPathFactory) -> Cloud:
    found = opened("aws", tmp_path_factory.mktemp("aws"))
    with recorded_against(found.double):
        deploy("aws", "dev")
    return found.cloud


@pytest.fixture(scope="module")
def on_gcp(tmp_path_factory: pytest.TempPathFactory) -> Cloud:
    found = opened("gcp", tmp_path_factory.mktemp("gcp"))
    with recorded_against(found.double):
        deploy("gcp", "dev")
    return found.cloud


def arn_of(cloud: Cloud, service: str) -> str:
    [found] = [each.id for each in cloud.things(aws.secrets.SECRET) if f"/{service}/" in each.id]
    return found


VIA = {"kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com"}


@pytest.mark.parametrize("whose", SERVICES)
def test_a_role_reads_its_own_secret_and_writes_none(on_aws: Cloud, whose: str):
    role, arn = "tradewind-aws-dev-embedder", arn_of(on_aws, whose)
    for action in ("GetSecretValue", "DescribeSecret"):
        assert permissions.role_may(on_aws, role, f"secretsmanager:{action}", arn) is (whose == "embedder")
    for action in ("PutSecretValue", "UpdateSecret", "DeleteSecret", "PutResourcePolicy", "GetResourcePolicy"):
        assert not permissions.role_may(on_aws, role, f"secretsmanager:{action}", arn)


@pytest.mark.parametrize(
    ("context", "allowed"),
    [
        ({**VIA, "whose": "embedder"}, True),
        ({**VIA, "whose": "ranker"}, False),
        ({"whose": "embedder"}, False),
        ({"kms:ViaService": "s3.eu-west-1.amazonaws.com", "whose": "embedder"}, False),
        (VIA, False),
    ],
)
def test_the_key_opens_a_roles_own_secret_through_secrets_manager_alone(
    on_aws: Cloud, context: dict[str, str], allowed: bool
):
    [key] = [each.outputs["arn"] for each in on_aws.things(aws.keys.KEY)]
    via = {name: value for name, value in context.items() if name != "whose"}
    if whose := context.get("whose"):
        via["kms:EncryptionContext:SecretARN"] = arn_of(on_aws, whose)
    role = "tradewind-aws-dev-embedder"
    assert permissions.role_may(on_aws, role, "kms:Decrypt", key, permissions.TLS | via) is allowed
    assert not permissions.role_may(on_aws, role, "kms:GenerateDataKey", key, permissions.TLS | via)


@pytest.mark.parametrize("whose", SERVICES)
def test_an_account_reads_its_own_secret_and_writes_none(on_gcp: Cloud, whose: str):
    [account] = [each.id for each in on_gcp.things(gcp.access.ACCOUNT) if "-embedder@" in each.id]
    secret = permissions.google_secret(on_gcp, PROJECT, f"tradewind_gcp-dev_{whose}_api-token")
    assert permissions.account_may(on_gcp, account, "secretmanager.versions.access", secret) is (whose == "embedder")
    for permission in (
        "secretmanager.versions.add",
        "secretmanager.secrets.delete",
        "secretmanager.secrets.setIamPolicy",
    ):
        assert not permissions.account_may(on_gcp, account, permission, secret)


def test_nodes_read_no_secret(on_aws: Cloud, on_gcp: Cloud):
    [role] = [each.id for each in on_aws.things(aws.iam.ROLE) if each.id.endswith("-nodes")]
    assert not permissions.role_may(on_aws, role, "secretsmanager:GetSecretValue", arn_of(on_aws, "embedder"))
    [account] = [each.id for each in on_gcp.things(gcp.access.ACCOUNT) if "-nodes@" in each.id]
    secret = permissions.google_secret(on_gcp, PROJECT, "tradewind_gcp-dev_embedder_api-token")
    assert not permissions.account_may(on_gcp, account, "secretmanager.versions.access", secret)


def test_all_secrets_are_under_the_stacks_key_and_google_may_use_it(on_aws: Cloud, on_gcp: Cloud):
    [key] = [each.outputs["arn"] for each in on_aws.things(aws.keys.KEY)]
    assert {each.inputs["kmsKeyId"] for each in on_aws.things(aws.secrets.SECRET)} == {key}
    [key] = [each.id for each in on_gcp.things(gcp.access.KEY)]
    replicas = [each.inputs["replication"]["userManaged"]["replicas"] for each in on_gcp.things(gcp.secrets.SECRET)]
    assert {each["customerManagedEncryption"]["kmsKeyName"] for [each] in replicas} == {key}
    agent = f"serviceAccount:service-{NUMBER}@gcp-sa-secretmanager.iam.gserviceaccount.com"
    assert agent in {each.inputs["member"] for each in on_gcp.things(gcp.access.USES_KEY)}


AWS_SECRET = {"name": "tradewind/lab/embedder/api-token", "tags": {"tradewind-owner": "lab"}}
GCP_SECRET = {"project": PROJECT, "secretId": "tradewind_lab_embedder_api-token", "replication": {"auto": {}}}


def a_secret(found: Deployed, **more: object) -> Resource:
    if found.kind == "gcp":
        api = {"project": PROJECT, "service": "secretmanager.googleapis.com", "disableOnDestroy": False}
        found.double.create(asked(gcp.access.SERVICE, "api", api))
    token, inputs = {"aws": (aws.secrets.SECRET, AWS_SECRET), "gcp": (gcp.secrets.SECRET, GCP_SECRET)}[found.kind]
    return asked(token, "secret", {**inputs, **more})


@pytest.mark.parametrize(
    ("kind", "more"), [("aws", {"recoveryWindowInDays": 0}), ("gcp", {"deletionProtection": False})]
)
def test_a_secret_that_nothing_keeps_leaves_its_name_free(kind: str, more: dict[str, object], tmp_path: Path):
    found = opened(kind, tmp_path)
    wanted = a_secret(found, **more)
    made = found.double.create(wanted)
    found.double.delete(asked(wanted.type, "secret", wanted.inputs.plain, id=made.id))
    assert found.cloud.things(kept=True) == []
    found.double.create(wanted)


def test_a_secret_that_waits_for_its_end_keeps_its_name(tmp_path: Path):
    found = opened("aws", tmp_path)
    wanted = a_secret(found, recoveryWindowInDays=30)
    made = found.double.create(wanted)
    found.double.delete(asked(wanted.type, "secret", wanted.inputs.plain, id=made.id))
    assert [each.kept for each in found.cloud.things(kept=True)] == ["scheduled for deletion"]
    with pytest.raises(CloudError, match=r"AlreadyExists: .* exists already \(scheduled for deletion\)"):
        found.double.create(wanted)


def test_a_protected_secret_of_google_is_not_deleted(tmp_path: Path):
    found = opened("gcp", tmp_path)
    wanted = a_secret(found, deletionProtection=True)
    made = found.double.create(wanted)
    with pytest.raises(CloudError, match="without setting deletion_protection=false"):
        found.double.delete(asked(wanted.type, "secret", wanted.inputs.plain, id=made.id))
