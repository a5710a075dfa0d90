"""What our own documents give on AWS, computed: a service its own part and no more, a node no push, a pod no other's role."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from components.cluster.aws import NODE_POLICIES
from components.identity import aws_policies as policies
from components.secrets.aws import key_policy
from components.storage.aws import bucket_policy
from tests.doubles.permissions.aws import Request, decide
from tests.doubles.permissions.principals import Principal
from tests.doubles.permissions.trust import Circumstances, Pod, may_assume

ACCOUNT, REGION = "123456789012", "eu-west-1"
BUCKET = f"arn:aws:s3:::tradewind-aws-dev-{ACCOUNT}-models"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/6a7b"
CACHE = f"arn:aws:elasticache:{REGION}:{ACCOUNT}:replicationgroup:tradewind-aws-dev"
USER = f"arn:aws:elasticache:{REGION}:{ACCOUNT}:user:models"
IMAGES = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/tradewind-aws-dev/embedder"
CLUSTER = f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/tradewind-aws-dev"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/tradewind-aws-dev-embedder"
BOUNDARY = policies.at_most(BUCKET, KEY, "embedder", [CACHE, USER])
TLS = {"aws:SecureTransport": "true"}
OTHER_CLUSTER = CLUSTER.replace("dev", "prod")
MANAGED = yaml.safe_load(Path(__file__).with_name("aws_managed.yaml").read_text())


def may(action: str, resource: str, **facts: str) -> bool:
    """The embedder's role, with all its policies, and the policy of what it asks for."""
    own = [policies.may_read_model(BUCKET, KEY, "embedder"), policies.may_connect(CACHE, USER)]
    request = Request(principal=Principal(name=ROLE), action=action, resource=resource, owner=ACCOUNT, context=facts)
    theirs = {"s3": bucket_policy(BUCKET), "kms": key_policy(ACCOUNT, REGION)}
    return decide(request, identity=own, boundary=BOUNDARY, resource=theirs.get(resource.split(":")[2])).allowed


@pytest.mark.parametrize(
    ("key", "allowed"),
    [
        ("models/embedder/1/model.onnx", True),
        ("models/reranker/1/model.onnx", False),
        ("models/embedder-2/1/model.onnx", False),
        ("models/embedder", False),
        ("other/embedder/x", False),
    ],
)
def test_a_service_reads_its_own_model_and_no_others(key: str, allowed: bool):
    assert may("s3:GetObject", f"{BUCKET}/{key}", **TLS) is allowed
    assert not may("s3:GetObject", f"{BUCKET}/{key}", **{"aws:SecureTransport": "false"})
    for action in ("s3:PutObject", "s3:DeleteObject", "s3:GetObjectVersion"):
        assert not may(action, f"{BUCKET}/{key}", **TLS)


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:GetObject", f"{BUCKET}/models/reranker/1/model.onnx"),
        ("s3:PutObject", f"{BUCKET}/models/embedder/1/model.onnx"),
        ("iam:CreateUser", "*"),
        (
            "secretsmanager:GetSecretValue",
            f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:tradewind/aws-dev/embedder/a-b",
        ),
    ],
)
def test_a_policy_that_is_added_later_gives_a_role_no_more(action: str, resource: str):
    everything = policies.document({"Effect": "Allow", "Action": "*", "Resource": "*"})
    request = Request(principal=Principal(name=ROLE), action=action, resource=resource, owner=ACCOUNT)
    assert decide(request, identity=[everything]).allowed
    assert not decide(request, identity=[everything], boundary=BOUNDARY).allowed


@pytest.mark.parametrize(
    ("prefix", "allowed"), [("models/embedder/", True), ("models/reranker/", False), ("models/", False), ("", False)]
)
def test_a_service_lists_its_own_part_and_not_the_bucket(prefix: str, allowed: bool):
    assert may("s3:ListBucket", BUCKET, **TLS, **{"s3:prefix": prefix}) is allowed
    assert not may("s3:ListBucket", BUCKET, **TLS)


@pytest.mark.parametrize(
    ("encrypted", "allowed"),
    [(BUCKET, True), (f"{BUCKET}/models/embedder/x", True), (f"{BUCKET}/models/reranker/x", False), (None, False)],
)
def test_a_service_decrypts_what_the_bucket_holds_and_nothing_else_of_the_key(encrypted: str | None, allowed: bool):
    facts = {"kms:EncryptionContext:aws:s3:arn": encrypted} if encrypted else {}
    assert may("kms:Decrypt", KEY, **facts) is allowed
    assert not may("kms:Encrypt", KEY, **facts)
    assert not may("kms:Decrypt", KEY.replace("6a7b", "9999"), **facts)


def test_a_service_connects_to_its_cache_alone():
    assert may("elasticache:Connect", CACHE)
    assert may("elasticache:Connect", USER)
    assert not may("elasticache:Connect", USER.replace("models", "admin"))
    assert not may("elasticache:DeleteReplicationGroup", CACHE)


def test_the_documents_of_all_policies_of_nodes_are_here():
    assert set(NODE_POLICIES) == set(MANAGED)


@pytest.mark.parametrize(
    ("action", "resource", "allowed"),
    [
        ("ecr:GetAuthorizationToken", "*", True),
        ("ecr:BatchGetImage", IMAGES, True),
        ("ecr:GetDownloadUrlForLayer", IMAGES, True),
        ("ecr:PutImage", IMAGES, False),
        ("ecr:InitiateLayerUpload", IMAGES, False),
        ("ecr:UploadLayerPart", IMAGES, False),
        ("ecr:CompleteLayerUpload", IMAGES, False),
        ("ecr:BatchDeleteImage", IMAGES, False),
        ("ecr:SetRepositoryPolicy", IMAGES, False),
        ("s3:GetObject", f"{BUCKET}/models/embedder/x", False),
        ("sts:AssumeRole", ROLE, False),
    ],
)
def test_a_node_pulls_images_and_pushes_none(action: str, resource: str, allowed: bool):
    node = Principal(name=f"arn:aws:iam::{ACCOUNT}:role/tradewind-aws-dev-nodes")
    request = Request(principal=node, action=action, resource=resource, owner=ACCOUNT, context=TLS)
    assert decide(request, identity=[MANAGED[name]["document"] for name in NODE_POLICIES]).allowed is allowed


@pytest.mark.parametrize(
    ("changed", "allowed"),
    [
        ({}, True),
        ({"namespace": "default"}, False),
        ({"service_account": "reranker"}, False),
        ({"cluster_arn": OTHER_CLUSTER}, False),
        ({"cluster_arn": CLUSTER.replace(ACCOUNT, "999999999999")}, False),
    ],
)
def test_only_pods_of_its_service_account_take_the_role_of_a_service(changed: dict[str, Any], allowed: bool):
    trust = policies.trust_pods(ACCOUNT, CLUSTER, "models", "embedder")
    pod = Pod(**{"cluster_arn": CLUSTER, "namespace": "models", "service_account": "embedder", **changed})
    assert may_assume(trust, pod, ROLE).allowed is allowed


def test_a_pod_cannot_say_by_its_tags_that_it_is_of_another_cluster():
    trust = policies.trust_pods(ACCOUNT, CLUSTER, "models", "embedder")
    pod = Pod(cluster_arn=OTHER_CLUSTER, namespace="models", service_account="embedder")
    assert not may_assume(trust, pod, ROLE, Circumstances(tags={"eks-cluster-arn": CLUSTER})).allowed
    assert not may_assume(trust, pod, ROLE, Circumstances(context={"aws:SourceArn": CLUSTER})).allowed


@pytest.mark.parametrize("name", ["ec2.amazonaws.com", "eks.amazonaws.com"])
def test_no_other_service_takes_the_role_of_a_model_service(name: str):
    trust = policies.trust_pods(ACCOUNT, CLUSTER, "models", "embedder")
    tags = Pod(cluster_arn=CLUSTER, namespace="models", service_account="embedder")
    also = Circumstances(tags=tags.tags(), context=tags.context())
    assert not may_assume(trust, Principal(name=name, kind="Service"), ROLE, also).allowed


@pytest.mark.parametrize(
    ("service", "account", "secure", "allowed"),
    [
        ("logging.s3.amazonaws.com", ACCOUNT, "true", True),
        ("logging.s3.amazonaws.com", "999999999999", "true", False),
        ("logging.s3.amazonaws.com", ACCOUNT, "false", False),
        ("cloudtrail.amazonaws.com", ACCOUNT, "true", False),
    ],
)
def test_access_logs_are_delivered_by_s3_for_this_account(service: str, account: str, secure: str, allowed: bool):
    facts = {"aws:SourceAccount": account, "aws:SecureTransport": secure}
    writer = Principal(name=service, kind="Service")
    request = Request(principal=writer, action="s3:PutObject", resource=f"{BUCKET}/x", owner=ACCOUNT, context=facts)
    assert decide(request, resource=bucket_policy(BUCKET, ACCOUNT)).allowed is allowed


@pytest.mark.parametrize(
    ("group", "allowed"),
    [
        (f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/x", True),
        (f"arn:aws:logs:{REGION}:999999999999:log-group:/x", False),
    ],
)
def test_the_key_serves_the_logs_of_this_account(group: str, allowed: bool):
    logs = Principal(name=f"logs.{REGION}.amazonaws.com", kind="Service")
    facts = {"kms:EncryptionContext:aws:logs:arn": group}
    request = Request(principal=logs, action="kms:GenerateDataKey", resource=KEY, context=facts)
    assert decide(request, resource=key_policy(ACCOUNT, REGION)).allowed is allowed


def test_a_stranger_has_nothing_of_the_bucket_and_the_key():
    stranger = Principal(name="arn:aws:iam::999999999999:role/any")
    all_of_it = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    for action, resource, theirs in (
        ("s3:GetObject", f"{BUCKET}/models/embedder/x", bucket_policy(BUCKET)),
        ("kms:Decrypt", KEY, key_policy(ACCOUNT, REGION)),
    ):
        request = Request(principal=stranger, action=action, resource=resource, owner=ACCOUNT, context=TLS)
        assert not decide(request, identity=[all_of_it], resource=theirs).allowed


def test_the_example_of_the_readme():
    example = Path(__file__).with_name("README.md").read_text().split("```python\n")[1].split("```")[0]
    models = "arn:aws:s3:::models"
    given = {"role_policy": policies.may_read_model(models, KEY, "a"), "bucket_policy": bucket_policy(models)}
    exec(example, given)
    assert f"# {given['answer']}\n" in example
