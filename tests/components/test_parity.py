"""One set of demands on every platform: same outputs, every size, tags, fixed names within each cloud's limits."""

import importlib
import inspect
import json
import re
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest

from components.card import Size
from components.platforms import Feature, require
from components.platforms.settings import Kind
from components.validation import InvalidInput
from tests.components.recording import Engine, Made
from tests.components.stacks import PUBLIC, SECRETS, deployed, plain

pytestmark = pytest.mark.stack

SCHEMA = json.loads((Path(__file__).parents[2] / "components" / "outputs.schema.json").read_text())
KINDS = get_args(Kind)
CLASSES = {"local": "LocalPlatform", "aws": "AwsPlatform", "gcp": "GcpPlatform"}

LONG = "a-stack-whose-name-is-far-longer-than-any-cloud-would-let-it-be-in-a-name-of-its-own"


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def stack(kind: str) -> Engine:
    return plain(kind, f"{kind}-dev")


@pytest.fixture(scope="module")
def long(kind: str) -> Engine:
    """With all that a stack may have beside."""
    return deployed(kind, LONG, secrets=SECRETS, **({} if kind == "local" else PUBLIC))


@pytest.fixture(scope="module")
def platform(kind: str) -> Any:
    return getattr(importlib.import_module(f"components.platforms.{kind}"), CLASSES[kind])


def test_the_outputs_are_those_of_the_schema(stack: Engine, kind: str):
    jsonschema.validate(stack.outputs, SCHEMA)
    assert (
        stack.outputs["platform"]["kind"]
        == kind
        == SCHEMA["$defs"]["platform"]["properties"]["kind"]["enum"][KINDS.index(kind)]
    )


def test_every_size_is_in_the_table(platform: Any):
    assert set(platform.sizes) == set(get_args(Size))


def test_what_is_lacking_is_refused_with_its_reason(platform: Any):
    for feature, reason in platform.lacks.items():
        assert isinstance(feature, Feature) and len(reason.split()) > 3 and not reason.endswith(".")
        with pytest.raises(InvalidInput, match=re.escape(reason)):
            require(platform.kind, platform.lacks, [feature], "bentos/embedder/card.yaml")


AGENTS = {"aws": "169.254.170.23/32", "gcp": "169.254.169.254/32"}
PRIVATE = {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"}


def test_a_service_gets_out_to_its_clouds_agent_and_to_public_https_and_to_nothing_else(stack: Engine, kind: str):
    dns, *out = stack.one("embedder-policy")["spec"]["egress"]
    assert {each["port"] for each in dns["ports"]} == {53}
    if kind not in AGENTS:
        assert out == []
        return
    agent, https = out
    assert agent == {"to": [{"ipBlock": {"cidr": AGENTS[kind]}}], "ports": [{"port": 80, "protocol": "TCP"}]}
    [block] = https["to"]
    assert https["ports"] == [{"port": 443, "protocol": "TCP"}]
    assert set(block["ipBlock"]["except"]) >= PRIVATE


TAGS = ("labels", "resource_labels", "tags")


def clouds(engine: Engine) -> list[Made]:
    return [each for each in engine.made if each.type.startswith(("aws:", "gcp:"))]


def taggable(made: Made) -> str | None:
    """The argument by which the SDK's class takes tags."""
    cloud, module, name = (
        made.type.replace("/", ":").split(":")[0],
        made.type.split(":")[1],
        made.type.rpartition(":")[2],
    )
    taken = inspect.signature(
        getattr(importlib.import_module(f"pulumi_{cloud}.{module.split('/')[0]}"), name)._internal_init
    ).parameters
    return next((each for each in TAGS if each in taken), None)


def test_whatever_can_carry_tags_says_whose_it_is(long: Engine):
    seen = set()
    for each in clouds(long):
        if key := taggable(each):
            wire = re.sub(r"_(\w)", lambda found: found[1].upper(), key)
            tags = each.inputs[wire]
            seen.add(tags["tradewind-owner"])
            assert all(
                re.fullmatch(r"[a-z0-9-]{1,63}", tags[own]) for own in ("tradewind-owner", "tradewind-managed-by")
            )
    assert len(seen) == (1 if clouds(long) else 0)


def test_two_runs_ask_for_the_same(stack: Engine, kind: str):
    def asked(engine: Engine) -> list[tuple[str, str, str]]:
        return sorted((each.type, each.name, json.dumps(each.inputs, sort_keys=True)) for each in engine.made)

    assert asked(stack) == asked(deployed(kind, f"{kind}-dev"))


COMPUTE = r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?"
LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
CACHE = r"[a-z](?!.*--)[-a-z0-9]{0,38}[a-z0-9]"
LIMITS: dict[str, tuple[str, str]] = {
    "aws:cloudwatch/logGroup:LogGroup": ("name", r"[\w./#-]{1,512}"),
    "aws:ec2/securityGroup:SecurityGroup": ("name", r"(?!sg-)[\w .:/()#,@\[\]+=&;{}!$*-]{1,255}"),
    "aws:ecr/repository:Repository": ("name", r"(?=.{2,256}$)([a-z0-9]+([._/-][a-z0-9]+)*)"),
    "aws:eks/cluster:Cluster": ("name", r"[0-9A-Za-z][\w-]{0,99}"),
    "aws:elasticache/replicationGroup:ReplicationGroup": ("replicationGroupId", CACHE),
    "aws:elasticache/subnetGroup:SubnetGroup": ("name", r"[a-z0-9-]{1,255}"),
    "aws:elasticache/user:User": ("userId", CACHE),
    "aws:elasticache/userGroup:UserGroup": ("userGroupId", CACHE),
    "aws:iam/role:Role": ("name", r"[\w+=,.@-]{1,64}"),
    "aws:iam/rolePolicy:RolePolicy": ("name", r"[\w+=,.@-]{1,128}"),
    "aws:kms/alias:Alias": ("name", r"alias/(?!aws/)[\w/-]{1,250}"),
    "aws:s3/bucket:Bucket": ("bucket", r"[a-z0-9][-a-z0-9]{1,61}[a-z0-9]"),
    "aws:secretsmanager/secret:Secret": ("name", r"[\w/+=.@-]{1,512}"),
    "gcp:artifactregistry/repository:Repository": ("repositoryId", COMPUTE),
    "gcp:certificatemanager/certificate:Certificate": ("name", COMPUTE),
    "gcp:certificatemanager/certificateMap:CertificateMap": ("name", COMPUTE),
    "gcp:certificatemanager/certificateMapEntry:CertificateMapEntry": ("name", COMPUTE),
    "gcp:certificatemanager/dnsAuthorization:DnsAuthorization": ("name", COMPUTE),
    "gcp:compute/firewall:Firewall": ("name", COMPUTE),
    "gcp:compute/globalAddress:GlobalAddress": ("name", COMPUTE),
    "gcp:compute/network:Network": ("name", COMPUTE),
    "gcp:compute/router:Router": ("name", COMPUTE),
    "gcp:compute/routerNat:RouterNat": ("name", COMPUTE),
    "gcp:compute/sSLPolicy:SSLPolicy": ("name", COMPUTE),
    "gcp:compute/subnetwork:Subnetwork": ("name", COMPUTE),
    "gcp:container/cluster:Cluster": ("name", r"[a-z][-a-z0-9]{0,38}[a-z0-9]"),
    "gcp:dns/recordSet:RecordSet": ("name", r"(?=.{2,254}$)([a-z0-9_-]{1,63}\.)+"),
    "gcp:kms/cryptoKey:CryptoKey": ("name", r"[\w-]{1,63}"),
    "gcp:kms/keyRing:KeyRing": ("name", r"[\w-]{1,63}"),
    "gcp:memorystore/instance:Instance": ("instanceId", r"[a-z][-a-z0-9]{2,61}[a-z0-9]"),
    "gcp:networkconnectivity/serviceConnectionPolicy:ServiceConnectionPolicy": ("name", COMPUTE),
    "gcp:secretmanager/secret:Secret": ("secretId", r"[\w-]{1,255}"),
    "gcp:serviceaccount/account:Account": ("accountId", r"[a-z][-a-z0-9]{4,28}[a-z0-9]"),
    "gcp:storage/bucket:Bucket": ("name", r"[a-z0-9][-a-z0-9]{1,61}[a-z0-9]"),
    "kubernetes:core/v1:Namespace": ("metadata/name", LABEL),
    "kubernetes:core/v1:Service": ("metadata/name", LABEL),
}
"""Where each type's own name stands, and what the cloud takes; the URLs are beside naming.py's numbers."""


def test_names_of_a_stack_with_a_long_name_are_within_each_clouds_limits(long: Engine):
    named: dict[tuple[str, str], str] = {}
    for each in long.made:
        if each.type.startswith("gcp:") and {"name", "instanceId", "accountId"} & set(each.inputs):
            assert each.type in LIMITS, f"{each.type} has a name and no limit"
        if each.type in LIMITS:
            path, pattern = LIMITS[each.type]
            value: Any = each.inputs
            for step in path.split("/"):
                value = value[step]
            assert re.fullmatch(pattern, value), f"{each.name}: {value!r} is no name of {each.type}"
            assert named.setdefault((each.type, f"{value} {each.inputs.get('role', '')}"), each.name) == each.name
    assert named
