"""Two stacks as each other's peers: what each makes fits what the other goes out with, and SDKs find it without code."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import botocore.session
import google.auth
import pytest
from botocore.awsrequest import AWSResponse

from components.identity import FILES
from components.identity.peers import AwsPeer, GcpPeer, pool_id, role_arn, role_name, subject
from components.naming import AWS_ROLE_LIMIT, SERVICE_NAME_LIMIT
from components.platforms.settings import StackSettings
from tests.components import stacks
from tests.components.born_on_gcp import NUMBER, PROJECT
from tests.components.recording import ACCOUNT, EKS_ISSUER, Engine

PEER = {"aws": AwsPeer, "gcp": GcpPeer}
"""What the other cloud's stack writes of a stack of this kind."""


@pytest.fixture(scope="module")
def aws() -> Engine:
    return stacks.peered("aws")


@pytest.fixture(scope="module")
def gcp() -> Engine:
    return stacks.peered("gcp")


def pod(engine: Engine) -> dict[str, Any]:
    return engine.one("embedder-replicas")["spec"]["template"]["spec"]


def environment(engine: Engine) -> dict[str, str]:
    return {each["name"]: each["value"] for each in pod(engine)["containers"][0]["env"]}


def sources(engine: Engine) -> list[dict[str, Any]]:
    [volume] = [each for each in pod(engine)["volumes"] if "projected" in each]
    return volume["projected"]["sources"]


def audience(engine: Engine) -> str:
    [token] = [each["serviceAccountToken"] for each in sources(engine) if "serviceAccountToken" in each]
    assert token["path"] == "token" and token["expirationSeconds"] == 3600
    return token["audience"]


@pytest.mark.stack
@pytest.mark.parametrize(("kind", "other"), [("aws", "gcp"), ("gcp", "aws")])
def test_what_a_stack_gives_out_is_what_the_other_takes_as_its_peer(kind: str, other: str):
    told = stacks.plain(kind, f"{kind}-dev").outputs["platform"]["as_peer"]
    assert told == stacks.PEERS[other]
    assert PEER[kind].model_validate(told).model_dump() == told


@pytest.mark.stack
@pytest.mark.parametrize("kind", ["aws", "gcp"])
def test_as_peer_is_the_same_whether_there_is_a_peer_or_not(kind: str):
    """Otherwise the two would chase each other."""
    plain = stacks.plain(kind, f"{kind}-dev").outputs["platform"]["as_peer"]
    assert stacks.peered(kind).outputs["platform"]["as_peer"] == plain


@pytest.mark.stack
@pytest.mark.parametrize("kind", ["aws", "gcp"])
def test_a_peer_only_adds_but_for_the_pods_of_services(kind: str):
    plain, peered = (
        {(each.type, each.name): each.inputs for each in engine.made}
        for engine in (stacks.plain(kind, f"{kind}-dev"), stacks.peered(kind))
    )
    changed = {name for (type_, name), inputs in plain.items() if peered[type_, name] != inputs}
    assert changed == {"embedder-replicas"}


@pytest.mark.stack
@pytest.mark.parametrize("kind", ["local", "aws", "gcp"])
def test_pods_of_a_stack_without_a_peer_get_nothing_to_go_abroad_with(kind: str):
    stack = stacks.plain(kind, f"{kind}-dev")
    assert [each["name"] for each in pod(stack)["volumes"]] == ["tmp"]
    assert not [name for name in environment(stack) if name.startswith(("AWS_", "GOOGLE_"))]


@pytest.mark.stack
def test_pods_on_gke_go_out_with_the_role_that_the_stack_on_aws_has_made_for_them(aws: Engine, gcp: Engine):
    role = aws.one("embedder-identity-peer-role")
    assert environment(gcp)["AWS_ROLE_ARN"] == f"arn:aws:iam::{ACCOUNT}:role/{role['name']}"
    provider = aws.one("peer-provider")
    assert provider["clientIdLists"] == [audience(gcp)] == ["sts.amazonaws.com"]
    [trust] = json.loads(role["assumeRolePolicy"])["Statement"]
    claims = stacks.GKE_ISSUER.removeprefix("https://")
    assert trust["Condition"] == {
        "StringEquals": {f"{claims}:aud": audience(gcp), f"{claims}:sub": "system:serviceaccount:models:embedder"}
    }


@pytest.mark.stack
def test_pods_on_gke_keep_workload_identity(gcp: Engine):
    plain = stacks.plain("gcp", "gcp-dev")
    assert not [name for name in environment(gcp) if name.startswith(("GOOGLE_", "CLOUDSDK_"))]
    assert gcp.object("ServiceAccount", "embedder") == plain.object("ServiceAccount", "embedder")


@pytest.mark.stack
def test_pods_on_eks_keep_pod_identity(aws: Engine):
    """AWS' SDKs take a web identity before the agent of Pod Identity."""
    assert not [name for name in environment(aws) if name.startswith("AWS_")]


@pytest.mark.stack
def test_pods_on_eks_show_a_token_that_the_pool_of_the_stack_on_google_takes(aws: Engine, gcp: Engine):
    provider, pool = gcp.one("peer-provider"), gcp.one("peer-pool")["workloadIdentityPoolId"]
    assert provider["oidc"] == {"issuerUri": EKS_ISSUER, "allowedAudiences": [audience(aws)]}
    whole = f"projects/{NUMBER}/locations/global/workloadIdentityPools/{pool}"
    told = json.loads(aws.object("ConfigMap", "embedder-google")["data"]["google.json"])
    assert f"https:{told['audience']}" == audience(aws)
    assert told["audience"] == f"//iam.googleapis.com/{whole}/providers/eks-cluster"
    bound = gcp.one("embedder-identity-peer-model")
    assert bound["member"] == (f"principal://iam.googleapis.com/{whole}/subject/system:serviceaccount:models:embedder")
    assert bound["condition"] == gcp.one("embedder-identity-model")["condition"]


@pytest.mark.stack
def test_what_a_namesake_may_do_on_aws_is_what_a_service_may_but_the_cache(aws: Engine):
    mine = [each for each in aws.made if each.type == "aws:iam/rolePolicy:RolePolicy" and "-peer-" in each.name]
    assert [each.name for each in mine] == ["embedder-identity-peer-model"]
    assert mine[0].inputs["policy"] == aws.one("embedder-identity-model")["policy"]


@pytest.mark.stack
@pytest.mark.parametrize("kind", ["aws", "gcp"])
def test_the_files_lie_where_the_environment_says(kind: str):
    stack = stacks.peered(kind)
    mounts = {each["name"]: each for each in pod(stack)["containers"][0]["volumeMounts"]}
    assert mounts["abroad"] == {"name": "abroad", "mountPath": FILES, "readOnly": True}
    named = [value for name, value in environment(stack).items() if name.endswith(("_FILE", "_CREDENTIALS"))]
    assert named and all(each.rpartition("/")[0] == FILES for each in named)


@pytest.mark.stack
def test_botocore_takes_the_role_with_the_token_of_the_file(
    gcp: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Google's metadata server is not asked, nor that of AWS: the web identity comes first."""
    for name, value in environment(gcp).items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value.replace(FILES, str(tmp_path)))
    (tmp_path / "token").write_text("a token of the pod")
    asked: list[dict[str, list[str]]] = []

    def answer(request: Any, **_: Any) -> AWSResponse:
        asked.append(parse_qs(text(request.body)))
        assert request.url == "https://sts.eu-west-1.amazonaws.com/"
        return AWSResponse(request.url, 200, {}, Body(GIVEN.encode()))

    session = botocore.session.Session()
    session.get_component("credential_provider").get_provider("assume-role-with-web-identity")._client_creator = hooked(
        session, answer
    )
    found = session.get_credentials()
    assert found is not None and found.get_frozen_credentials().access_key == "AKIDGIVEN"
    [sent] = asked
    assert sent["Action"] == ["AssumeRoleWithWebIdentity"]
    assert sent["RoleArn"] == [role_arn(ACCOUNT, stacks.GKE_ISSUER, "embedder")]
    assert sent["WebIdentityToken"] == ["a token of the pod"]


def text(body: bytes | str | None) -> str:
    return body.decode() if isinstance(body, bytes) else body or ""


class Body:
    """What urllib3 gives, as far as botocore reads it."""

    def __init__(self, content: bytes):
        self._content = content

    def stream(self, **_: Any):
        yield self._content


GIVEN = """<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>AKIDGIVEN</AccessKeyId><SecretAccessKey>s</SecretAccessKey>
<SessionToken>t</SessionToken><Expiration>2036-01-01T00:00:00Z</Expiration></Credentials>
</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"""


def hooked(session: botocore.session.Session, answer: Any) -> Any:
    """Clients whose requests `answer` meets instead of a network."""

    def create(*arguments: Any, **named: Any) -> Any:
        client = session.create_client(*arguments, **named)
        client.meta.events.register("before-send.sts.*", answer)
        return client

    return create


@pytest.mark.stack
def test_googles_library_exchanges_the_token_of_the_file(aws: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    told = aws.object("ConfigMap", "embedder-google")["data"]["google.json"]
    (tmp_path / "google.json").write_text(told.replace(FILES, str(tmp_path)))
    (tmp_path / "token").write_text("a token of the pod")
    for name, value in environment(aws).items():
        if name.startswith("GOOGLE_"):
            monkeypatch.setenv(name, value.replace(FILES, str(tmp_path)))
    asked: list[tuple[str, Mapping[str, list[str]]]] = []

    class Answer:
        status = 200
        headers: Mapping[str, str] = {}
        data = json.dumps({"access_token": "given", "token_type": "Bearer", "expires_in": 3600}).encode()

    def network(url: str, method: str = "GET", body: bytes | str | None = None, **_: Any) -> Answer:
        asked.append((url, parse_qs(text(body))))
        return Answer()

    found, project = google.auth.default(
        scopes=["https://www.googleapis.com/auth/devstorage.read_only"], request=network
    )
    found.refresh(network)
    assert (found.token, project) == ("given", PROJECT)
    url, sent = asked[0]
    assert url == "https://sts.googleapis.com/v1/token"
    assert sent["subject_token"] == ["a token of the pod"]
    assert sent["subject_token_type"] == ["urn:ietf:params:oauth:token-type:jwt"]
    assert f"https:{sent['audience'][0]}" == audience(aws)


def test_a_subject_is_one_service_account_and_never_a_pattern():
    assert subject("models", "embedder") == "system:serviceaccount:models:embedder"
    for namespace, account in (("models", "*"), ("*", "embedder"), ("models", ""), ("models:x", "embedder")):
        with pytest.raises(ValueError, match="is no name of one"):
            subject(namespace, account)


def test_names_are_within_the_clouds_limits_and_another_for_each_peer():
    longest = "e" * SERVICE_NAME_LIMIT
    assert len(role_name(stacks.GKE_ISSUER, longest)) <= AWS_ROLE_LIMIT
    assert 4 <= len(pool_id(stacks.GKE_ISSUER, EKS_ISSUER)) <= 32
    other = stacks.GKE_ISSUER.replace("gcp-dev", "gcp-prod")
    assert role_name(other, "embedder") != role_name(stacks.GKE_ISSUER, "embedder")
    pools = {pool_id(gke, eks) for gke in (other, stacks.GKE_ISSUER) for eks in (EKS_ISSUER, EKS_ISSUER[:-1] + "0")}
    assert len(pools) == 4


@pytest.mark.stack
@pytest.mark.parametrize("kind", ["aws", "gcp"])
def test_a_peer_is_read_as_pulumi_tells_it(kind: str):
    """As one JSON text; by `--path`, numbers that are names come as numbers."""
    from importlib import import_module

    model = getattr(import_module(f"components.platforms.{kind}"), f"{kind.title()}Settings")
    as_number = {key: int(value) if value.isdigit() else value for key, value in stacks.PEERS[kind].items()}
    assert any(isinstance(value, int) for value in as_number.values())
    written = {"kind": kind, **stacks.WRITTEN[kind], "peer": json.dumps(as_number)}
    read = StackSettings(stack=f"{kind}-dev", written=written).read_as(model)
    assert read.peer.model_dump() == stacks.PEERS[kind]
