"""Keys of KMS: who may use them, how long one is the same, and how long a deleted one can be had back."""

from policies.checks import absent, at_least, at_most, both, either, holds, true, when
from policies.documents import not_public
from policies.rule import Rule

KEY = ("aws:kms/key:Key",)
YEAR = 365
"""Days, and KMS' own default."""

policy_not_public = Rule(
    name="kms-policy-not-public",
    on=KEY,
    severity="critical",
    answers=("CKV_AWS_33",),
    must="A key's policy must not let everybody in, since all that it encrypts is then open to every account.",
    fix="name the account or its roles as Principal, or bind the statement by kms:CallerAccount",
    check=not_public("policy"),
)

rotated = Rule(
    name="kms-rotated",
    on=KEY,
    severity="medium",
    answers=("CKV_AWS_7",),
    must="A key must be rotated every year, so that one that leaks opens one year of data at most.",
    fix="set enableKeyRotation to true; KMS keeps the old material and re-encrypts nothing",
    check=when(
        # KMS rotates neither key pairs nor keys of an outside store.
        "customerMasterKeySpec",
        lambda spec: spec in (None, "", "SYMMETRIC_DEFAULT"),
        then=when(
            "customKeyStoreId",
            absent,
            then=both(
                holds("enableKeyRotation", true),
                either(holds("rotationPeriodInDays", at_most(YEAR)), holds("rotationPeriodInDays", absent)),
            ),
        ),
    ),
)

recoverable = Rule(
    name="kms-recoverable",
    on=KEY,
    severity="high",
    must="A deleted key of production must be there for thirty days more, since with it all that it encrypted is lost.",
    fix="leave out deletionWindowInDays, which is then 30",
    tiers=("prod",),
    check=either(holds("deletionWindowInDays", at_least(30)), holds("deletionWindowInDays", absent)),
)

RULES = [policy_not_public, rotated, recoverable]
