"""What each document of AWS IAM gives, and to whom."""

import json
from typing import Any

import pytest

from components.identity import aws_policies as policies
from components.secrets import aws as secrets
from components.storage.aws import bucket_policy

BUCKET = "arn:aws:s3:::tradewind-aws-dev-123456789012-models"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/6a7b"
CLUSTER = "arn:aws:eks:eu-west-1:123456789012:cluster/tradewind-aws-dev"


def statements(document: str) -> list[dict[str, Any]]:
    read = json.loads(document)
    assert read["Version"] == "2012-10-17"
    return read["Statement"]


@pytest.mark.parametrize(("actions", "resources"), [(["*"], [BUCKET]), (["s3:*"], [BUCKET]), (["s3:GetObject"], ["*"])])
def test_a_right_on_all_is_refused(actions: list[str], resources: list[str]):
    with pytest.raises(ValueError, match="is a wildcard"):
        policies.allow("Everything", actions, resources)


def test_a_service_reads_its_own_part_of_the_bucket_and_nothing_else():
    reads, lists, decrypts = statements(policies.may_read_model(BUCKET, KEY, "embedder"))
    assert (reads["Action"], reads["Resource"]) == (["s3:GetObject"], [f"{BUCKET}/models/embedder/*"])
    assert lists["Condition"] == {"StringLike": {"s3:prefix": ["models/embedder/*"]}}
    assert (decrypts["Action"], decrypts["Resource"]) == (["kms:Decrypt"], [KEY])
    assert "Condition" in decrypts


def test_only_pods_of_one_service_account_of_one_cluster_take_its_role():
    [trust] = statements(policies.trust_pods("123456789012", CLUSTER, "models", "embedder"))
    assert trust["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert trust["Condition"]["StringEquals"] == {
        "aws:SourceAccount": "123456789012",
        "aws:RequestTag/eks-cluster-arn": CLUSTER,
        "aws:RequestTag/kubernetes-namespace": "models",
        "aws:RequestTag/kubernetes-service-account": "embedder",
    }


def test_a_bucket_refuses_whoever_comes_without_tls():
    [deny] = statements(bucket_policy(BUCKET))
    assert (deny["Effect"], deny["Principal"]) == ("Deny", "*")
    assert deny["Resource"] == [BUCKET, f"{BUCKET}/*"]
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_access_logs_are_delivered_for_one_account():
    _, allow = statements(bucket_policy(BUCKET, "123456789012"))
    assert allow["Principal"] == {"Service": "logging.s3.amazonaws.com"}
    assert allow["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_the_key_is_the_accounts_and_logs_may_use_it_for_its_own_groups():
    account, logs = statements(secrets.key_policy("123456789012", "eu-west-1"))
    assert account["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}
    assert logs["Principal"] == {"Service": "logs.eu-west-1.amazonaws.com"}
    [pattern] = logs["Condition"]["ArnLike"].values()
    assert pattern == "arn:aws:logs:eu-west-1:123456789012:log-group:*"
