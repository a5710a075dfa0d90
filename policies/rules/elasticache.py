"""Caches on ElastiCache: what goes over the wire and to disk, who logs in and may do what, and what outlives a zone."""

from collections.abc import Iterator
from typing import Any

from policies.checks import (
    at_least,
    both,
    either,
    given,
    holds,
    lacks,
    none_of,
    not_false,
    not_true,
    some,
    true,
)
from policies.documents import own_key
from policies.inputs import Inputs
from policies.rule import Finding, Rule

GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"
SERVERLESS = "aws:elasticache/serverlessCache:ServerlessCache"
USER = "aws:elasticache/user:User"
USERS = "aws:elasticache/userGroup:UserGroup"

ADMINISTRATION = frozenset({"admin", "dangerous"})
"""Categories of commands that empty, stop or copy a cache, or give rights: https://valkey.io/topics/acl/"""


def _encrypted(inputs: Inputs) -> Iterator[Finding]:
    """Valkey's default is on, Redis' is off."""
    wanted = not_false if inputs.get("engine") == "valkey" else true
    yield from holds("atRestEncryptionEnabled", wanted)(inputs)


def _administers(rights: Any) -> bool:
    """What an access string leaves: it is read from left to right, and the last word on a category counts."""
    left: frozenset[str] = frozenset()
    for word in str(rights or "").lower().split():
        if word in ("+@all", "allcommands"):
            left = ADMINISTRATION
        elif word in ("-@all", "nocommands", "-@dangerous"):
            left = frozenset()  # every command of an administrator is a dangerous one too
        elif word.startswith("+@"):
            left |= {word[2:]} & ADMINISTRATION
        elif word == "-@admin":
            left -= {"admin"}
    return bool(left)


in_transit = Rule(
    name="elasticache-tls",
    on=(GROUP,),
    severity="high",
    answers=("CKV_AWS_30",),
    must="A cache must speak TLS, since passwords and answers of models are otherwise read on the wire.",
    fix="set transitEncryptionEnabled to true",
    check=holds("transitEncryptionEnabled", true),
)

in_transit_always = Rule(
    name="elasticache-tls-always",
    on=(GROUP,),
    severity="medium",
    must="A cache must refuse connections without TLS, since a client that forgets it would not be told.",
    fix="set transitEncryptionMode to required, the default",
    check=holds("transitEncryptionMode", none_of("preferred")),
)

at_rest = Rule(
    name="elasticache-encrypted-at-rest",
    on=(GROUP,),
    severity="high",
    answers=("CKV_AWS_29",),
    must="A cache must encrypt its disks, which hold swapped memory and every snapshot.",
    fix="set atRestEncryptionEnabled to true",
    check=_encrypted,
)

by_own_key = Rule(
    name="elasticache-by-own-key",
    on=(GROUP, SERVERLESS),
    severity="medium",
    answers=("CKV_AWS_191",),
    must="A cache must be encrypted by a key of yours, so that you can see and end its use.",
    fix="set kmsKeyId to the ARN of the stack's key",
    check=holds("kmsKeyId", own_key),
)

login = Rule(
    name="elasticache-login",
    on=(GROUP,),
    severity="critical",
    answers=("CKV_AWS_31",),
    must="A cache must ask who connects, since any pod in the network could otherwise read and poison every value.",
    fix="set userGroupIds to a group of users who log in by IAM",
    check=either(holds("userGroupIds", given), holds("authToken", given), holds("authTokenWo", given)),
)

serverless_login = Rule(
    name="elasticache-serverless-login",
    on=(SERVERLESS,),
    severity="critical",
    must="A serverless cache must ask who connects, since any pod in the network could otherwise read and poison it.",
    fix="set userGroupId to a group of users who log in by IAM",
    check=holds("userGroupId", given),
)

user_known = Rule(
    name="elasticache-user-known",
    on=(USER,),
    severity="critical",
    must="A user of a cache must prove who they are, since a name without a password is known to everybody.",
    fix="set authenticationMode.type to iam",
    check=both(
        holds("noPasswordRequired", not_true), holds("authenticationMode.type", none_of("no-password-required"))
    ),
)

user_of_data = Rule(
    name="elasticache-user-of-data",
    on=(USER,),
    severity="high",
    must="A user of a cache must have no right to administer it, since one FLUSHALL takes all services' values.",
    fix="begin the commands of accessString with -@all and add categories of data, as in +@read +@write",
    check=holds("accessString", lambda rights: not _administers(rights)),
)

no_stock_user = Rule(
    name="elasticache-no-stock-user",
    on=(USERS,),
    severity="critical",
    must="A cache's group must not hold ElastiCache's own user `default`, who has every right and no password.",
    fix="drop `default` from userIds; where Redis wants a user of that name, make one of another id without rights",
    check=holds("userIds", lacks("default")),
)

own_subnets = Rule(
    name="elasticache-own-subnets",
    on=(GROUP,),
    severity="medium",
    must="A cache must stand in subnets that were chosen for it, since the account's default ones face the Internet.",
    fix="set subnetGroupName to a group of private subnets",
    check=holds("subnetGroupName", none_of(None, "", "default")),
)

own_security_group = Rule(
    name="elasticache-own-security-group",
    on=(GROUP, SERVERLESS),
    severity="medium",
    must="A cache must have a security group of its own, since it gets the network's default one otherwise.",
    fix="set securityGroupIds to a group that lets the network in by the cache's port",
    check=holds("securityGroupIds", given),
)

fails_over = Rule(
    name="elasticache-fails-over",
    on=(GROUP,),
    severity="medium",
    must="A cache of production must fail over by itself, so that a lost node is no outage.",
    fix="set automaticFailoverEnabled to true, with one replica at least",
    tiers=("prod",),
    check=holds("automaticFailoverEnabled", true),
)

replica_of_each_part = Rule(
    name="elasticache-replica-of-each-part",
    on=(GROUP,),
    severity="medium",
    must="A cache of production must keep a replica of each part of its keys, since there is nothing to fail over to "
    "otherwise.",
    fix="set numCacheClusters to 2 or more, or replicasPerNodeGroup to 1 or more where the cache is sharded",
    tiers=("prod",),
    check=either(holds("numCacheClusters", at_least(2)), holds("replicasPerNodeGroup", at_least(1))),
)

over_zones = Rule(
    name="elasticache-over-zones",
    on=(GROUP,),
    severity="medium",
    must="A cache of production must spread over zones, since primary and replica are otherwise lost together.",
    fix="set multiAzEnabled to true",
    tiers=("prod",),
    check=holds("multiAzEnabled", true),
)

snapshots = Rule(
    name="elasticache-snapshots",
    on=(GROUP, SERVERLESS),
    severity="low",
    must="A cache of production must be copied every day, so that a poisoned or emptied one can be had back.",
    fix="set snapshotRetentionLimit to 1 or more days",
    tiers=("prod",),
    check=holds("snapshotRetentionLimit", at_least(1)),
)

mended = Rule(
    name="elasticache-mended",
    on=(GROUP,),
    severity="medium",
    must="A cache must take minor versions by itself, since those are its security fixes.",
    fix="leave out autoMinorVersionUpgrade, or set it to true",
    check=holds("autoMinorVersionUpgrade", not_false),
)

serverless_bounded = Rule(
    name="elasticache-serverless-bounded",
    on=(SERVERLESS,),
    severity="medium",
    must="A serverless cache must have a ceiling on data and on work, since it grows and is paid for without end.",
    fix="set the maximum of cacheUsageLimits.dataStorage and of cacheUsageLimits.ecpuPerSeconds",
    check=both(
        holds("cacheUsageLimits.dataStorage.maximum", at_least(1)),
        some("cacheUsageLimits.ecpuPerSeconds", holds("maximum", at_least(1))),
    ),
)

RULES = [
    in_transit,
    in_transit_always,
    at_rest,
    by_own_key,
    login,
    serverless_login,
    user_known,
    user_of_data,
    no_stock_user,
    own_subnets,
    own_security_group,
    fails_over,
    replica_of_each_part,
    over_zones,
    snapshots,
    mended,
    serverless_bounded,
]
