"""A service with secrets on every platform: the same files in its pods, no value in the program, nothing for whoever has none."""

import json
from typing import Any, get_args

import pytest

from components.identity.aws_policies import may_read_secrets
from components.naming import CONTENT_HASH
from components.platforms.settings import Kind
from components.validation import InvalidInput
from tests.components import stacks
from tests.components.recording import ACCOUNT, Engine
from tests.components.stacks import SECRETS
from tests.components.test_layers import things

pytestmark = pytest.mark.stack

KINDS = get_args(Kind)
CLOUDS = ("aws", "gcp")


def pod_of(engine: Engine) -> dict[str, Any]:
    return engine.one("embedder-replicas")["spec"]["template"]["spec"]


def files_of(engine: Engine) -> set[str]:
    """What the pods find where secrets are mounted, as the platform's own words name it."""
    [volume] = [each for each in pod_of(engine)["volumes"] if each["name"] == "secrets"]
    if "secret" in volume:
        return {each["path"] for each in volume["secret"]["items"]}
    spec = engine.object("SecretProviderClass", volume["csi"]["volumeAttributes"]["secretProviderClass"])["spec"]
    key, name = {"aws": ("objects", "objectAlias"), "gke": ("secrets", "path")}[spec["provider"]]
    return {each[name] for each in json.loads(spec["parameters"][key])}


@pytest.mark.parametrize("kind", KINDS)
def test_pods_find_the_same_files_on_every_platform_and_cannot_write_them(kind: str):
    engine = stacks.secretive(kind)
    [mount] = [each for each in pod_of(engine)["containers"][0]["volumeMounts"] if each["name"] == "secrets"]
    assert (mount["mountPath"], mount["readOnly"]) == ("/etc/tradewind/secrets", True)
    assert files_of(engine) == set(SECRETS)


@pytest.mark.parametrize("kind", KINDS)
def test_whoever_has_no_secrets_gets_nothing_of_it(kind: str):
    plain, secretive = stacks.plain(kind, f"{kind}-dev"), stacks.secretive(kind)
    before, after = ({each.name: each.inputs for each in engine.made} for engine in (plain, secretive))
    changed = {name for name in before if before[name] != after[name]}
    too = {"aws": {"embedder-identity-boundary"}, "gcp": {"cluster-gke"}, "local": set()}
    assert changed == {"embedder-replicas"} | too[kind]
    assert all("secret" not in json.dumps(each).lower() for each in pod_of(plain)["volumes"])


@pytest.mark.parametrize("kind", CLOUDS)
def test_the_program_makes_secrets_and_no_value(kind: str):
    engine = stacks.secretive(kind)
    more = {each.type for each in engine.made} - {each.type for each in stacks.plain(kind, f"{kind}-dev").made}
    assert not [each for each in more if "ersion" in each], "a version is a value"
    [one, *_] = [each.inputs for each in engine.made if each.type.endswith("secret:Secret")]
    assert not {"secretString", "secretData", "secretBinary"} & one.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_pods_are_new_when_a_card_names_another_secret(kind: str):
    def noted(engine: Engine) -> str:
        return engine.one("embedder-replicas")["spec"]["template"]["metadata"]["annotations"][CONTENT_HASH]

    more = stacks.deployed(kind, f"{kind}-dev", secrets=[*SECRETS, "webhook"])
    same = stacks.deployed(kind, f"{kind}-dev", secrets=SECRETS[::-1])
    assert noted(more) != noted(stacks.secretive(kind)) == noted(same)


def test_a_local_secret_is_its_owners():
    engine = stacks.secretive("local")
    assert engine.counts() == stacks.plain("local", "local-dev").counts()
    [volume] = [each["secret"] for each in pod_of(engine)["volumes"] if each["name"] == "secrets"]
    assert (volume["secretName"], int(volume["defaultMode"])) == ("embedder-secrets", 0o440)
    assert "optional" not in volume


def test_prod_keeps_a_secret_and_dev_leaves_its_name_free():
    dev, prod = stacks.secretive("aws"), stacks.deployed("aws", "aws-prod", secrets=SECRETS)
    name = "embedder-identity-secrets-api-token"
    assert (dev.one(name)["recoveryWindowInDays"], prod.one(name)["recoveryWindowInDays"]) == (0, 30)
    dev, prod = stacks.secretive("gcp"), stacks.deployed("gcp", "gcp-prod", secrets=SECRETS)
    assert (dev.one(name)["deletionProtection"], prod.one(name)["deletionProtection"]) == (False, True)


def test_aws_provider_asks_as_the_pod_and_in_the_stacks_region():
    parameters = stacks.secretive("aws").object("SecretProviderClass", "embedder")["spec"]["parameters"]
    assert (parameters["usePodIdentity"], parameters["region"]) == ("true", "eu-west-1")


def test_the_right_to_read_names_each_secret_and_the_way_to_the_key():
    arn = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:tradewind/aws-dev/embedder/api-token-AbCdEf"
    key = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/k"
    reads, decrypts = json.loads(may_read_secrets("eu-west-1", key, [arn]))["Statement"]
    assert reads["Resource"] == [arn]
    assert set(reads["Action"]) == {"secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"}
    assert (decrypts["Action"], decrypts["Resource"]) == (["kms:Decrypt"], [key])
    assert decrypts["Condition"]["StringEquals"] == {
        "kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com",
        "kms:EncryptionContext:SecretARN": [arn],
    }


@pytest.mark.parametrize("kind", CLOUDS)
def test_a_platform_that_mounts_none_refuses_services_with_secrets(kind: str):
    outputs = stacks.platform_alone(kind).outputs
    assert "secrets_key" not in outputs["handover"]
    with pytest.raises(InvalidInput) as refused:
        stacks.services_alone(kind, outputs, secrets=SECRETS)
    assert str(refused.value).startswith(
        f"stacks/Pulumi.{kind}-apps.yaml: services must have no secrets in their cards, since the stack '{kind}-dev' "
        f"was made when none had any and mounts none. To fix: `pulumi up -s {kind}-dev` with the same cards, or take"
    )


@pytest.mark.parametrize("kind", CLOUDS)
def test_in_two_layers_the_add_on_is_the_platforms_and_secrets_are_the_services(kind: str):
    platform = stacks.platform_alone(kind, secrets=SECRETS)
    services = stacks.services_alone(kind, platform.outputs, secrets=SECRETS)
    below, above = things(platform, f"{kind}-dev"), things(services, f"{kind}-apps")
    assert not below.keys() & above.keys()
    assert below | above == things(stacks.secretive(kind), f"{kind}-dev")
    own = {name for _, name in above if "secret" in name}
    assert own and all(name.startswith("embedder-") for name in own)
    assert files_of(services) == set(SECRETS)
