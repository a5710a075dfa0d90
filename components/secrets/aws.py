"""The stack's own key in KMS."""

import pulumi
import pulumi_aws as aws

from components import naming
from components.identity.aws_policies import document

PENDING_DAYS = 30
"""Between a key's deletion and its end, in which it can be had back; the longest that AWS has."""


class AwsKey(pulumi.ComponentResource):
    """One key for all that the stack keeps: who may use which data is said by each role's policy."""

    arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        owner: str,
        account: str,
        region: str,
        protect: bool,
        opts: pulumi.ResourceOptions | None = None,
    ):
        """`protect` refuses a destroy: without the key all that it encrypted is lost."""
        super().__init__("tradewind:secrets:AwsKey", name, None, opts)
        key = aws.kms.Key(
            f"{name}-key",
            description=f"Data of the Tradewind stack {owner}",
            enable_key_rotation=True,
            deletion_window_in_days=PENDING_DAYS,
            policy=key_policy(account, region),
            tags=naming.tags(owner),
            opts=pulumi.ResourceOptions(parent=self, protect=protect),
        )
        alias = aws.kms.Alias(
            f"{name}-alias",
            name=f"alias/tradewind-{owner}",
            target_key_id=key.key_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = pulumi.Output.all(key.arn, alias.id).apply(lambda both: both[0])
        self.register_outputs({"arn": self.arn})


def key_policy(account: str, region: str) -> str:
    """The account's administrators by IAM, and CloudWatch for the account's own log groups.

    In a key's policy `kms:*` on `*` means this key, and without it nobody could ever change it again:
    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    administrators = {
        "Sid": "AccountAdministersByIam",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    logs = {
        "Sid": "LogsOfThisAccount",
        "Effect": "Allow",
        "Principal": {"Service": f"logs.{region}.amazonaws.com"},
        "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
        "Resource": "*",
        "Condition": {
            "ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{region}:{account}:log-group:*"}
        },
    }
    return document(administrators, logs)
