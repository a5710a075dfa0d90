"""Policy documents of AWS IAM: who may take a role, and what it may do. Plain functions over plain data."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from components.identity.peers import AWS_AUDIENCE, subject

VERSION = "2012-10-17"

Statement = dict[str, Any]
Condition = Mapping[str, Mapping[str, str | Sequence[str]]]


def document(*statements: Statement) -> str:
    return json.dumps({"Version": VERSION, "Statement": list(statements)})


def allow(sid: str, actions: Sequence[str], resources: Sequence[str], condition: Condition | None = None) -> Statement:
    """One right on named resources; a wildcard alone is refused, since it gives what nobody reviewed."""
    for value in (*actions, *resources):
        if value == "*" or (value.endswith(":*") and value.count(":") == 1):
            raise ValueError(f"{sid}: {value!r} is a wildcard. To fix: name what is needed.")
    found: Statement = {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
    return found | ({"Condition": condition} if condition else {})


def trust_service(
    service: str, condition: Condition | None = None, actions: Sequence[str] = ("sts:AssumeRole",)
) -> str:
    """Only `service`, an AWS service such as eks.amazonaws.com, takes the role."""
    trust: Statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": list(actions)}
    return document(trust | ({"Condition": condition} if condition else {}))


def trust_pods(account: str, cluster_arn: str, namespace: str, service_account: str) -> str:
    """Only pods of one service account of one cluster take the role.

    https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html
    """
    condition = {
        "StringEquals": {
            "aws:SourceAccount": account,
            "aws:RequestTag/eks-cluster-arn": cluster_arn,
            "aws:RequestTag/kubernetes-namespace": namespace,
            "aws:RequestTag/kubernetes-service-account": service_account,
        },
        "ArnEquals": {"aws:SourceArn": cluster_arn},
    }
    return trust_service("pods.eks.amazonaws.com", condition, ("sts:AssumeRole", "sts:TagSession"))


def trust_tokens(provider_arn: str, issuer: str, namespace: str, service_account: str) -> str:
    """Only pods of one service account of the cluster whose tokens `issuer` signs take the role.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html
    """
    claims = issuer.removeprefix("https://")
    condition = {"StringEquals": {f"{claims}:aud": AWS_AUDIENCE, f"{claims}:sub": subject(namespace, service_account)}}
    trust: Statement = {"Effect": "Allow", "Principal": {"Federated": provider_arn}}
    return document(trust | {"Action": ["sts:AssumeRoleWithWebIdentity"], "Condition": condition})


def may_write_logs(log_group_arn: str) -> str:
    return document(
        allow(
            "WriteLogs",
            ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            [f"{log_group_arn}:*"],
        )
    )


def may_read_model(bucket_arn: str, key_arn: str, service: str) -> str:
    """The artifacts of one service, and no other's."""
    return document(
        allow("ReadModel", ["s3:GetObject"], [f"{bucket_arn}/models/{service}/*"]),
        allow("ListModel", ["s3:ListBucket"], [bucket_arn], {"StringLike": {"s3:prefix": [f"models/{service}/*"]}}),
        allow(
            "DecryptModel",
            ["kms:Decrypt"],
            [key_arn],
            {"StringLike": {"kms:EncryptionContext:aws:s3:arn": [bucket_arn, f"{bucket_arn}/models/{service}/*"]}},
        ),
    )


READ_SECRETS = ("secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret")


def may_read_secrets(region: str, key_arn: str, secret_arns: Sequence[str]) -> str:
    """These secrets, by their whole ARNs, and the key as far as Secrets Manager uses it for one of them.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
    """
    condition = {
        "StringEquals": {
            "kms:ViaService": f"secretsmanager.{region}.amazonaws.com",
            "kms:EncryptionContext:SecretARN": list(secret_arns),
        }
    }
    return document(
        allow("ReadSecrets", READ_SECRETS, secret_arns),
        allow("DecryptSecrets", ["kms:Decrypt"], [key_arn], condition),
    )


def may_connect(cache_arn: str, user_arn: str) -> str:
    """Log in to the cache as its user of model services."""
    return document(allow("ConnectToCache", ["elasticache:Connect"], [cache_arn, user_arn]))


def at_most(bucket_arn: str, key_arn: str, service: str, cache: Sequence[str] = (), secrets: Sequence[str] = ()) -> str:
    """What one service ever does: the boundary of its roles, which gives nothing by itself.

    `cache` are ARNs of it and its user, `secrets` patterns of ARNs; none of either: it does nothing with them.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    """
    return document(
        allow("ReadModel", ["s3:GetObject"], [f"{bucket_arn}/models/{service}/*"]),
        allow("ListModel", ["s3:ListBucket"], [bucket_arn]),
        allow("Decrypt", ["kms:Decrypt"], [key_arn]),
        *([allow("ConnectToCache", ["elasticache:Connect"], cache)] if cache else []),
        *([allow("ReadSecrets", READ_SECRETS, secrets)] if secrets else []),
    )
