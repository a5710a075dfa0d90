"""Memorystore, of Valkey and of Redis: who logs in, what is encrypted, and what is left when a zone fails."""

import re
from typing import Any

from policies.checks import at_least, both, each, either, given, holds, none_of, not_false, one_of, true
from policies.rule import Rule

VALKEY = ("gcp:memorystore/instance:Instance", "gcp:redis/cluster:Cluster")
"""Redis Cluster is set as Valkey is, with longer words."""
REDIS = ("gcp:redis/instance:Instance",)


def _of_ours(network: Any) -> bool:
    """Nothing set is the default one for Redis; Valkey's endpoints must name theirs."""
    return not re.search(r"(^|/)default$", str(network))


auth = Rule(
    name="memorystore-auth",
    on=VALKEY,
    severity="high",
    must="A Memorystore instance must ask who logs in, which it does not by default, for any pod that reaches it else "
    "reads and writes every key.",
    fix="set authorizationMode to IAM_AUTH when it is made: it cannot be changed later",
    check=holds("authorizationMode", one_of("IAM_AUTH", "TOKEN_AUTH", "AUTH_MODE_IAM_AUTH")),
)

redis_auth = Rule(
    name="memorystore-redis-auth",
    on=REDIS,
    severity="high",
    answers=("CKV_GCP_95",),
    must="Memorystore for Redis must ask for a password, which it does not by default.",
    fix="set authEnabled to true",
    check=holds("authEnabled", true),
)

tls = Rule(
    name="memorystore-tls",
    on=(*VALKEY, *REDIS),
    severity="high",
    answers=("CKV_GCP_97",),
    must="A Memorystore instance must encrypt what goes over the wire, by default plain, tokens of logins too.",
    fix="set transitEncryptionMode to SERVER_AUTHENTICATION when it is made: it cannot be changed later",
    check=holds(
        "transitEncryptionMode", one_of("SERVER_AUTHENTICATION", "TRANSIT_ENCRYPTION_MODE_SERVER_AUTHENTICATION")
    ),
)

by_own_key = Rule(
    name="memorystore-by-own-key",
    on=(*VALKEY, *REDIS),
    severity="medium",
    must="A Memorystore instance must encrypt what it keeps by a key of yours, so that you can end all copies at once.",
    fix="set kmsKey (customerManagedKey of Redis) to a KMS key of the region",
    check=either(holds("kmsKey", given), holds("customerManagedKey", given)),
)

replicas = Rule(
    name="memorystore-replicas",
    on=VALKEY,
    severity="medium",
    must="A Memorystore instance of prod must have a replica, since without one a failed node loses every key.",
    fix="set replicaCount to 1 or more",
    tiers=("prod",),
    check=holds("replicaCount", at_least(1)),
)

redis_replicas = Rule(
    name="memorystore-redis-replicas",
    on=REDIS,
    severity="medium",
    must="Memorystore for Redis of prod must have a replica, which the default tier BASIC lacks.",
    fix="set tier to STANDARD_HA",
    tiers=("prod",),
    check=holds("tier", one_of("STANDARD_HA")),
)

zones = Rule(
    name="memorystore-zones",
    on=VALKEY,
    severity="medium",
    must="A Memorystore instance of prod must be spread over zones, as it is by default, or its replicas fail with it.",
    fix="remove zoneDistributionConfig.mode SINGLE_ZONE",
    tiers=("prod",),
    check=holds("zoneDistributionConfig.mode", none_of("SINGLE_ZONE")),
)

own_core = Rule(
    name="memorystore-own-core",
    on=VALKEY,
    severity="low",
    must="A Memorystore instance of prod must not share its core with others, for which Google promises nothing.",
    fix="set nodeType to STANDARD_SMALL or larger",
    tiers=("prod",),
    check=holds("nodeType", none_of("SHARED_CORE_NANO", "REDIS_SHARED_CORE_NANO")),
)

backups = Rule(
    name="memorystore-backups",
    on=VALKEY,
    severity="medium",
    must="A Memorystore instance of prod must be backed up, for a replica repeats at once whatever somebody deletes.",
    fix="set automatedBackupConfig with a fixedFrequencySchedule and a retention",
    tiers=("prod",),
    check=holds("automatedBackupConfig.fixedFrequencySchedule", given),
)

redis_snapshots = Rule(
    name="memorystore-redis-snapshots",
    on=REDIS,
    severity="low",
    must="Memorystore for Redis of prod must write snapshots, since a lost instance is a lost content otherwise.",
    fix="set persistenceConfig.persistenceMode to RDB",
    tiers=("prod",),
    check=holds("persistenceConfig.persistenceMode", one_of("RDB")),
)

redis_version = Rule(
    name="memorystore-redis-version",
    on=REDIS,
    severity="medium",
    must="Memorystore for Redis must run 6 or later, since older ones get no fixes and know no users.",
    fix="set redisVersion to REDIS_7_2, or leave it to Google",
    check=holds("redisVersion", lambda version: version is None or not re.match(r"REDIS_[345]_", str(version))),
)

own_network = Rule(
    name="memorystore-own-network",
    on=("gcp:memorystore/instance:Instance", *REDIS),
    severity="medium",
    answers=("CIS GCP 3.1",),
    must="A Memorystore instance must be in a network of yours, since in the one called default all machines reach "
    "each other.",
    fix="set the network of desiredAutoCreatedEndpoints (authorizedNetwork of Redis) to the stack's own",
    check=both(
        holds("authorizedNetwork", _of_ours),
        each("desiredAutoCreatedEndpoints", holds("network", _of_ours)),
    ),
)

protected = Rule(
    name="memorystore-protected",
    on=(*VALKEY, *REDIS),
    severity="medium",
    must="A Memorystore instance of prod must refuse its own deletion, as it does by default.",
    fix="remove deletionProtectionEnabled false (deletionProtection of Redis), or set tradewind:protect to true",
    tiers=("prod",),
    check=both(holds("deletionProtectionEnabled", not_false), holds("deletionProtection", not_false)),
)

RULES = [
    auth,
    redis_auth,
    tls,
    by_own_key,
    replicas,
    redis_replicas,
    zones,
    own_core,
    backups,
    redis_snapshots,
    redis_version,
    own_network,
    protected,
]
