"""Rows of AWS Secrets Manager."""

from collections.abc import Iterable, Mapping
from typing import Any

from tests.doubles.aws.keys import KEY
from tests.doubles.rows import Facts, Reference, Row

SECRET = "aws:secretsmanager/secret:Secret"

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
NAME = frozenset(f"{LETTERS}/_+=.@-")
"""https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html"""


def allowed_name(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    if wrong := sorted(set(inputs.get("name", "")) - NAME):
        yield "name", f"ValidationException: Invalid name. No {''.join(wrong)!r} in it, got {inputs['name']!r}"


def waits_or_not(inputs: Mapping[str, Any], facts: Facts) -> Iterable[tuple[str, str]]:
    """Nothing means that it is deleted at once, by another argument."""
    days = inputs.get("recoveryWindowInDays", 30)
    if days != 0 and not 7 <= days <= 30:
        yield "recoveryWindowInDays", f"InvalidParameterException: must be 0, or 7 to 30, got {days}"


def _arn(facts: Facts) -> str:
    where = f"arn:aws:secretsmanager:{facts.region}:{facts.account}"
    return f"{where}:secret:{facts.inputs['name']}-{facts.token(6, LETTERS)}"


ROWS: Mapping[str, Row] = {
    SECRET: Row(
        id=_arn,
        outputs=lambda facts: {"arn": facts.id},
        api=("secretsmanager:CreateSecret",),
        ruled=frozenset({"recoveryWindowInDays"}),
        refers=(Reference(path="kmsKeyId", tokens=(KEY,), output="arn", holds=False),),
        unique=("name",),
        rules=(allowed_name, waits_or_not),
        kept="scheduled for deletion",
        ends=lambda inputs: inputs.get("recoveryWindowInDays", 30) == 0,
    ),
}
