"""What AWS' ids and ARNs look like."""

import uuid
from collections.abc import Callable

from tests.doubles.rows import Facts

LOWER = "abcdefghijklmnopqrstuvwxyz0123456789"
UPPER = LOWER.upper()

Text = Callable[[Facts], str]


def hex_id(prefix: str) -> Text:
    """`vpc-0123456789abcdef0`."""
    return lambda facts: f"{prefix}-{facts.token(17)}"


def given(*names: str, between: str = "/") -> Text:
    """The id is what the program wrote."""
    return lambda facts: between.join(str(facts.inputs[name]) for name in names)


def arn(service: str, resource: str, *, everywhere: bool = False) -> Text:
    """`resource` is filled from the id and the inputs; IAM and S3 know no region."""
    region = "" if everywhere else "{region}"
    pattern = f"arn:aws:{service}:{region}:{{account}}:{resource}"
    return lambda facts: pattern.format(region=facts.region, account=facts.account, id=facts.id, **facts.inputs)


def key_id(facts: Facts) -> str:
    return str(uuid.UUID(facts.token(32)))
