"""Both stacks as peers against the doubles: each resource is judged, and what a namesake may do is computed as deployed."""

import importlib
import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pytest

from commands.cloud_ids import id_of, tagged
from components.identity.peers import AWS_AUDIENCE, google_audience
from provider.protocol import Values
from tests.components import recording, stacks
from tests.components.born_on_gcp import NUMBER, PROJECT
from tests.components.recording import ACCOUNT, EKS_ISSUER, Engine
from tests.doubles import aws, gcp
from tests.doubles import deployed_permissions as permissions
from tests.doubles.aws import tagging
from tests.doubles.cloud import Cloud
from tests.doubles.double import Double
from tests.doubles.faults import CloudError
from tests.doubles.gcp.federation import POOL, PROVIDER
from tests.doubles.in_process import asked, recorded_against, whole
from tests.doubles.permissions.federation import Provider, Refused, federated
from tests.doubles.permissions.gcp import Request, decide
from tests.doubles.permissions.trust import WebIdentity, may_assume
from tests.doubles.test_stacks import CONFIG, SOURCE

pytestmark = pytest.mark.stack

DOUBLES = {"aws": aws, "gcp": gcp}


@dataclass(frozen=True)
class Deployed:
    kind: str
    engine: Engine
    cloud: Cloud
    double: Double


def deploy(kind: str, cloud: Cloud) -> Deployed:
    double = DOUBLES[kind].double(cloud)
    double.configure(Values(CONFIG[kind]))
    with recorded_against(double):
        return Deployed(kind, stacks.deployed(kind, f"{kind}-dev", peer=stacks.PEERS[kind]), cloud, double)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Deployed]:
    return {kind: deploy(kind, Cloud(tmp_path_factory.mktemp(kind) / "cloud.sqlite")) for kind in DOUBLES}


@pytest.mark.parametrize("kind", DOUBLES)
def test_all_of_it_is_in_the_cloud_once_and_known_to_its_sources(both: dict[str, Deployed], kind: str):
    mine = [each for each in both[kind].engine.made if each.type.startswith(f"{kind}:")]
    assert Counter(thing.token for thing in both[kind].cloud.things()) == Counter(each.type for each in mine)
    rows = importlib.import_module(f"tests.doubles.{kind}").ROWS
    for each in mine:
        for what, path, why in SOURCE[kind](rows[each.type], whole(each.inputs)):
            assert what == "checked", f"{each.type} {path} {why}"


@pytest.mark.parametrize("kind", DOUBLES)
def test_a_lost_create_of_what_a_peer_needs_is_found_by_its_id(both: dict[str, Deployed], kind: str):
    by_tag = tagged(tagging.resources(both[kind].cloud, {"region": "eu-west-1"})["resourceTagMappingLists"])
    tokens = {"aws": [aws.iam.ISSUER, aws.iam.ROLE], "gcp": [POOL, PROVIDER]}[kind]
    for thing in (thing for token in tokens for thing in both[kind].cloud.things(token)):
        assert id_of(thing.token, thing.inputs, by_tag, ACCOUNT) == thing.id
    if kind == "aws":
        [issuer] = both[kind].cloud.things(aws.iam.ISSUER)
        assert id_of(issuer.token, issuer.inputs, by_tag) is None


def claims(issuer: str, audience: str, service: str = "embedder", namespace: str = "models") -> dict[str, Any]:
    return {"iss": issuer, "aud": audience, "sub": f"system:serviceaccount:{namespace}:{service}"}


@pytest.mark.parametrize(
    ("changed", "allowed"),
    [({}, True), ({"service": "ranker"}, False), ({"namespace": "default"}, False), ({"audience": "x"}, False)],
)
def test_a_pod_on_gke_takes_the_role_as_deployed(both: dict[str, Deployed], changed: dict[str, str], allowed: bool):
    cloud = both["aws"].cloud
    [provider] = cloud.things(aws.iam.ISSUER)
    [role] = [each for each in cloud.things(aws.iam.ROLE) if "@" in each.id]
    told = {"issuer": stacks.GKE_ISSUER, "audience": AWS_AUDIENCE, **changed}
    caller = WebIdentity(
        provider_arn=provider.outputs["arn"], client_ids=provider.inputs["clientIdLists"], claims=claims(**told)
    )
    assert may_assume(role.inputs["assumeRolePolicy"], caller, role.outputs["arn"]).allowed is allowed


@pytest.mark.parametrize(("service", "allowed"), [("embedder", True), ("ranker", False), ("embedder-two", False)])
def test_that_role_reads_its_own_artifacts_as_deployed(both: dict[str, Deployed], service: str, allowed: bool):
    cloud = both["aws"].cloud
    [bucket] = [each.id for each in cloud.things(aws.storage.BUCKET) if each.id.endswith("-models")]
    [role] = [each.id for each in cloud.things(aws.iam.ROLE) if "@" in each.id]
    wanted = f"arn:aws:s3:::{bucket}/models/{service}/1/model.onnx"
    assert permissions.role_may(cloud, role, "s3:GetObject", wanted) is allowed
    assert not permissions.role_may(cloud, role, "s3:PutObject", wanted)


@pytest.mark.parametrize(
    ("changed", "folder", "allowed"),
    [
        ({}, "embedder", True),
        ({}, "ranker", False),
        ({"service": "ranker"}, "embedder", False),
        ({"service": "ranker"}, "ranker", False),
        ({"namespace": "default"}, "embedder", False),
        ({"audience": AWS_AUDIENCE}, "embedder", False),
        ({"issuer": stacks.GKE_ISSUER}, "embedder", False),
    ],
)
def test_a_pod_on_eks_reads_its_own_artifacts_as_deployed(
    both: dict[str, Deployed], changed: dict[str, str], folder: str, allowed: bool
):
    cloud = both["gcp"].cloud
    [pool], [provider] = cloud.things(POOL), cloud.things(PROVIDER)
    assert pool.outputs["name"].startswith(f"projects/{NUMBER}/")
    knows = Provider(
        pool=pool.outputs["name"],
        name=provider.inputs["workloadIdentityPoolProviderId"],
        issuer=provider.inputs["oidc"]["issuerUri"],
        mapping=provider.inputs["attributeMapping"],
        audiences=provider.inputs["oidc"]["allowedAudiences"],
        condition=provider.inputs["attributeCondition"],
    )
    [bucket] = [each.id for each in cloud.things(gcp.platform.BUCKET) if each.id.endswith("-models")]
    thing = permissions.google_object(cloud, PROJECT, bucket, f"models/{folder}/1/model.onnx")
    told = {"issuer": EKS_ISSUER, "audience": f"https:{google_audience(pool.outputs['name'])}", **changed}
    try:
        caller = federated(knows, claims(**told))
    except Refused:
        assert not allowed
        return
    assert decide(Request(caller=caller, permission="storage.objects.get", resource=thing)).allowed is allowed
    assert not decide(Request(caller=caller, permission="storage.objects.create", resource=thing)).allowed


POOL_INPUTS = {"project": PROJECT, "workloadIdentityPoolId": "tradewind-lab"}


def test_a_deleted_pool_keeps_its_name(both: dict[str, Deployed]):
    double = both["gcp"].double
    made = double.create(asked(POOL, "lab", POOL_INPUTS))
    double.delete(asked(POOL, "lab", POOL_INPUTS, id=made.id))
    with pytest.raises(CloudError, match=r"exists already .what was deleted can be had back for thirty days"):
        double.create(asked(POOL, "lab", POOL_INPUTS))
    with pytest.raises(CloudError, match="tradewind-lab not found"):
        double.invoke("gcp:iam/getWorkloadIdentityPool:getWorkloadIdentityPool", Values(POOL_INPUTS))


def found(cloud: Cloud, pool: str) -> Any:
    """What a program learns of an earlier life's pool, before it makes anything."""
    from components.identity.gcp_kept_pools import kept  # five seconds, which no other test should wait for

    double = gcp.double(cloud)
    double.configure(Values(CONFIG["gcp"]))
    learnt: list[Any] = []
    with recorded_against(double):
        recording.run(lambda: learnt.append(kept(PROJECT, pool, "eks-cluster", pulumi.InvokeOptions())))
    return learnt[0]


def test_what_an_earlier_life_left_is_adopted(both: dict[str, Deployed], tmp_path: Path):
    cloud = Cloud(Path(shutil.copy(both["gcp"].cloud.file, tmp_path)))
    [pool], [provider] = cloud.things(POOL), cloud.things(PROVIDER)
    name = pool.id.rpartition("/")[2]
    absent = found(cloud, "tradewind-none")
    assert (absent.pool, absent.provider) == (None, None)
    left = found(cloud, name)
    assert (left.pool, left.provider) == (pool.id, provider.id)
    cloud.remove(PROVIDER, provider.id, kept="deleted by hand")
    left = found(cloud, name)
    assert (left.pool, left.provider) == (pool.id, None)
    cloud.remove(POOL, pool.id, kept="deleted by hand")
    assert found(cloud, name).pool is None


def test_any_other_refusal_of_a_lookup_ends_the_plan(both: dict[str, Deployed], monkeypatch: pytest.MonkeyPatch):
    def refused(cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
        raise CloudError("googleapi: Error 403: Permission 'iam.workloadIdentityPools.get' denied, forbidden")

    monkeypatch.setitem(gcp.FUNCTIONS, "gcp:iam/getWorkloadIdentityPool:getWorkloadIdentityPool", refused)
    with pytest.raises(Exception, match=r"iam\.workloadIdentityPools\.get"):
        found(both["gcp"].cloud, "tradewind-none")


@pytest.mark.parametrize(
    ("token", "inputs", "said"),
    [
        (POOL, POOL_INPUTS | {"workloadIdentityPoolId": "gcp-lab"}, "workloadIdentityPoolId INVALID_ARGUMENT"),
        (POOL, POOL_INPUTS | {"workloadIdentityPoolId": "lab"}, "workloadIdentityPoolId INVALID_ARGUMENT"),
        (POOL, POOL_INPUTS | {"displayName": "x" * 33}, "displayName INVALID_ARGUMENT: must have at most 32"),
        (PROVIDER, {"attributeMapping": {"attribute.a": "assertion.a"}}, "google.subject must be mapped"),
        (PROVIDER, {"attributeMapping": {"google.subject": "sub"}}, "attributeMapping/google.subject INVALID_ARGUMENT"),
        (PROVIDER, {"attributeCondition": "assertion.sub =="}, "attributeCondition INVALID_ARGUMENT"),
        (PROVIDER, {"oidc": {"issuerUri": "http://a"}}, "oidc/issuerUri INVALID_ARGUMENT: must be an https:// address"),
        (PROVIDER, {"oidc": {"allowedAudiences": ["a"]}}, "oidc.issuerUri is required"),
    ],
)
def test_google_refuses(both: dict[str, Deployed], token: str, inputs: dict[str, Any], said: str):
    ours = {**POOL_INPUTS, "workloadIdentityPoolProviderId": "lab-provider"} if token == PROVIDER else {}
    failures = both["gcp"].double.check(asked(token, "lab", {**ours, **inputs})).failures
    assert any(said in f"{path} {why}" for path, why in failures), failures


@pytest.mark.parametrize("url", ["http://a.example", "https://a.example:8443", "https://a.example/?x=1", "a.example"])
def test_aws_refuses_an_issuer_that_is_no_address(both: dict[str, Deployed], url: str):
    failures = both["aws"].double.check(asked(aws.iam.ISSUER, "lab", {"url": url, "clientIdLists": ["a"]})).failures
    assert [path for path, _ in failures] == ["url"]


def test_aws_has_an_issuer_once(both: dict[str, Deployed]):
    again = {"url": stacks.GKE_ISSUER, "clientIdLists": ["another"]}
    with pytest.raises(CloudError, match="AlreadyExists"):
        both["aws"].double.create(asked(aws.iam.ISSUER, "lab", again))
