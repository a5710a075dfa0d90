"""Statements, policies and requests that tests of the AWS evaluator build theirs from."""

from typing import Any

from tests.doubles.permissions.aws import Request
from tests.doubles.permissions.principals import Principal

GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide"
CARLOS = "arn:aws:iam::111111111111:user/carlossalazar"
ROLE = "arn:aws:iam::111111111111:role/examplerole"
SESSION = "arn:aws:sts::111111111111:assumed-role/examplerole/examplerolesessionname"
ROOT = "arn:aws:iam::111111111111:root"
THEIR_ROOT = "arn:aws:iam::222222222222:root"
KEY = "arn:aws:kms:us-west-2:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def said(effect: str, action: Any, resource: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def policy(*statements: dict[str, Any], version: str = "2012-10-17") -> dict[str, Any]:
    return {"Version": version, "Statement": list(statements)}


def asked(action: str, resource: str = "*", who: str = CARLOS, owner: str = "111111111111", **facts: Any) -> Request:
    session = "examplerolesessionname" if ":role/" in who else ""
    caller = Principal(name=who, session=session)
    return Request(principal=caller, action=action, resource=resource, owner=owner, context=facts)
