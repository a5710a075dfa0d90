"""Secret Manager and Cloud KMS: what encrypts the secrets, how long a key lives, and who may do what with either."""

import re
from collections.abc import Iterator
from typing import Any

from policies.checks import absent, either, given, holds, one_of, true, when
from policies.inputs import Inputs
from policies.rule import Finding, Rule
from policies.rules.iam_gcp import KEYS, SECRETS, grants

SECRET = ("gcp:secretmanager/secret:Secret", "gcp:secretmanager/regionalSecret:RegionalSecret")

ROTATION_S = 90 * 24 * 3600
BACK_S = 7 * 24 * 3600
SECONDS = re.compile(r"([0-9]+(?:\.[0-9]+)?)s")

OWN_KEY = "customerManagedEncryption.kmsKeyName"


def _by_own_key(inputs: Inputs) -> Iterator[Finding]:
    replicas = list(inputs.each("replication.userManaged.replicas"))
    for replica in replicas:
        yield from holds(OWN_KEY, given)(replica)
    if not replicas:
        yield from either(holds(f"replication.auto.{OWN_KEY}", given), holds(OWN_KEY, given))(inputs)


def _often(period: Any) -> bool:
    found = SECONDS.fullmatch(str(period))
    return bool(found) and 0 < float(found[1]) <= ROTATION_S


def _a_week(period: Any) -> bool:
    """Nothing set is thirty days."""
    found = SECONDS.fullmatch(str(period))
    return period is None or bool(found and float(found[1]) >= BACK_S)


def _no_power(role: Any) -> bool:
    return not re.search("admin|owner|editor", str(role), re.IGNORECASE)


secret_by_own_key = Rule(
    name="google-secret-by-own-key",
    on=SECRET,
    severity="medium",
    must="A secret must be encrypted by a key of yours wherever it is kept, so that you can end every copy at once.",
    fix="set customerManagedEncryption.kmsKeyName for every replica",
    check=_by_own_key,
)

secret_protected = Rule(
    name="google-secret-protected",
    on=SECRET,
    severity="medium",
    must="A secret of prod must refuse its own deletion, which it does not by default, for no copy of it is left.",
    fix="set deletionProtection, or tradewind:protect, to true",
    tiers=("prod",),
    check=either(holds("deletionProtection", true), holds("deletionPolicy", one_of("PREVENT"))),
)

secret_grants_reads = Rule(
    name="google-secret-grants-reads",
    on=SECRETS,
    severity="high",
    must="What a stack grants on a secret must be to read it, for a service that writes one can lock the others out.",
    fix="grant roles/secretmanager.secretAccessor",
    check=grants(holds("role", one_of("roles/secretmanager.secretAccessor", "roles/secretmanager.viewer"))),
)

key_rotated = Rule(
    name="google-key-rotated",
    on=("gcp:kms/cryptoKey:CryptoKey",),
    severity="medium",
    answers=("CIS GCP 1.10", "CKV_GCP_43"),
    must="A key that encrypts must be rotated within 90 days, which never happens by default, so that a stolen version "
    "opens little.",
    fix="set rotationPeriod to 7776000s or less",
    # The others cannot be rotated by Cloud KMS: https://cloud.google.com/kms/docs/key-rotation#asymmetric
    check=when(
        "purpose",
        lambda purpose: absent(purpose) or purpose == "ENCRYPT_DECRYPT",
        then=holds("rotationPeriod", _often),
    ),
)

key_had_back = Rule(
    name="google-key-had-back",
    on=("gcp:kms/cryptoKey:CryptoKey",),
    severity="medium",
    must="A key must be had back for a week after it was destroyed, since all that it encrypted goes with it.",
    fix="set destroyScheduledDuration to 604800s or more, or remove it for thirty days",
    check=holds("destroyScheduledDuration", _a_week),
)

key_grants_use = Rule(
    name="google-key-grants-use",
    on=KEYS,
    severity="high",
    must="What a stack grants on a key must be to use it, for whoever can both use and rule it needs nobody's leave.",
    fix="grant roles/cloudkms.cryptoKeyEncrypterDecrypter",
    check=grants(holds("role", _no_power)),
)

RULES = [secret_by_own_key, secret_protected, secret_grants_reads, key_rotated, key_had_back, key_grants_use]
