"""Buckets and secrets of AWS: who reaches them, how, and by whose key they are encrypted."""

from typing import Any

from policies.checks import absent, both, each, holds, one_of, some, true, when
from policies.documents import Statement, not_public, own_key, some_statement
from policies.rule import Rule

BUCKET = "aws:s3/bucket:Bucket"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
SECRET = "aws:secretsmanager/secret:Secret"  # noqa: S105

BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
LOGS = "-logs"
"""What ends the name of a bucket of access logs, to which S3 cannot deliver under a customer's key."""


def keeps_data(bucket: Any) -> bool:
    return not str(bucket).endswith(LOGS)


def _refuses_plain(statement: Statement) -> bool:
    """Every request without TLS, by everybody, on the bucket and all in it, and under no other condition."""
    refused = [(each.operator, each.key, [value.lower() for value in each.values]) for each in statement.conditions]
    return (
        not statement.allows
        and any(kind in ("*", "aws") and name == "*" for kind, name in statement.principals)
        and not {"*", "s3:*"}.isdisjoint(statement.actions)
        and any("/" not in each for each in statement.resources)
        and any(each == "*" or (each.endswith("/*") and each.count("/") == 1) for each in statement.resources)
        and refused in ([(bool_, "aws:securetransport", ["false"])] for bool_ in ("bool", "boolifexists"))
    )


public_access_blocked = Rule(
    name="s3-public-access-blocked",
    on=(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock",
    ),
    severity="critical",
    answers=("CKV_AWS_53", "CKV_AWS_54", "CKV_AWS_55", "CKV_AWS_56"),
    must="All four blocks of public access must be on, since any one that is off is the way that data gets out.",
    fix=f"set {', '.join(BLOCKS)} to true",
    check=both(*(holds(block, true) for block in BLOCKS)),
)

owned_by_bucket = Rule(
    name="s3-owned-by-bucket",
    on=("aws:s3/bucketOwnershipControls:BucketOwnershipControls",),
    severity="medium",
    must="What is in a bucket must belong to its owner, which ends ACLs, so that policies alone say who reads.",
    fix="set rule.objectOwnership to BucketOwnerEnforced",
    check=holds("rule.objectOwnership", one_of("BucketOwnerEnforced")),
)

no_acl = Rule(
    name="s3-no-acl",
    on=("aws:s3/bucketAcl:BucketAcl", "aws:s3/bucketLogging:BucketLogging", BUCKET),
    severity="critical",
    answers=("CKV_AWS_375",),
    must="A bucket's ACL, or that of its logs, must open it to no group, since S3's groups are everybody on the "
    "Internet or in any account.",
    fix="drop the ACL, and give named roles what they need by policy",
    check=both(
        holds("acl", one_of(None, "", "private")),
        each("accessControlPolicy.grants", holds("grantee.uri", absent)),
        each("grants", holds("uri", absent)),
        each("targetGrants", holds("grantee.uri", absent)),
    ),
)

policy_not_public = Rule(
    name="s3-policy-not-public",
    on=(POLICY, BUCKET),
    severity="critical",
    answers=("CKV_AWS_70",),
    must="A bucket's policy must not let everybody in, since artifacts tell what a model learned.",
    fix="name roles as Principal, or bind the statement by aws:PrincipalOrgID or aws:SourceVpce",
    check=not_public("policy"),
)

tls_only = Rule(
    name="s3-tls-only",
    on=(POLICY,),
    severity="high",
    must="A bucket's policy must refuse requests without TLS, whose content and signature anybody on the way reads.",
    fix="deny s3:* to * on the bucket and all in it, on the one condition Bool aws:SecureTransport false",
    check=some_statement("policy", _refuses_plain, "without a statement that refuses requests without TLS"),
)

by_own_key = Rule(
    name="s3-by-own-key",
    on=("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",),
    severity="high",
    must="A bucket of data must be encrypted by a key of yours, so that you can see and end its use.",
    fix="set sseAlgorithm to aws:kms and kmsMasterKeyId to the ARN of the stack's key; only the bucket of access logs, "
    f"whose name ends in {LOGS}, does without",
    check=when(
        "bucket",
        keeps_data,
        then=some(
            "rules",
            both(
                holds("applyServerSideEncryptionByDefault.sseAlgorithm", one_of("aws:kms", "aws:kms:dsse")),
                holds("applyServerSideEncryptionByDefault.kmsMasterKeyId", own_key),
            ),
        ),
    ),
)

secret_by_own_key = Rule(
    name="secret-by-own-key",
    on=(SECRET,),
    severity="high",
    answers=("CKV_AWS_149",),
    must="A secret must be encrypted by a key of yours, so that reading it takes a right on the key as well.",
    fix="set kmsKeyId to the ARN of the stack's key",
    check=both(holds("kmsKeyId", own_key), each("replicas", holds("kmsKeyId", own_key))),
)

secret_not_public = Rule(
    name="secret-not-public",
    on=("aws:secretsmanager/secretPolicy:SecretPolicy", SECRET),
    severity="critical",
    must="A secret's policy must not let everybody in, since it is then none.",
    fix="name roles as Principal, or drop the policy and grant by theirs",
    check=not_public("policy"),
)

RULES = [
    public_access_blocked,
    owned_by_bucket,
    no_acl,
    policy_not_public,
    tls_only,
    by_own_key,
    secret_by_own_key,
    secret_not_public,
]
