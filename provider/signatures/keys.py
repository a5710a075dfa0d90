"""Signing keys: ECDSA on the curve P-256, the scheme that every implementation of cosign's format supports.

https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md#signature-schemes
"""

import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from airgap.paths import STATE

FILE = "TRADEWIND_SIGNING_KEY"
"""Variable that names the file of the private key."""

NEW = "`openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt`"


class InvalidKey(ValueError):
    """What should be a key is none of the kind; the text never holds the key."""


def public_key(private: str) -> str:
    """The public half of a private key, PEM both. InvalidKey where it is none, or of another kind."""
    public = load_private(private).public_key()
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def same(one: str, other: str) -> bool:
    """Whether two public keys are one, however their PEM is wrapped."""
    return load_public(one).public_numbers() == load_public(other).public_numbers()


def file() -> Path:
    """Where the private key of whoever deploys is: in FILE, or that of the checkout."""
    return Path(os.environ.get(FILE) or STATE / "signing.key")


def held() -> str | None:
    """The private key, PEM; None for who deploys and does not sign. It is in no config, no state and no log."""
    return file().read_text() if file().exists() else None


def load_private(pem: str) -> ec.EllipticCurvePrivateKey:
    fix = f"To fix: make one with {NEW}."
    try:
        key = serialization.load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # whose texts may quote the key; TypeError: it is encrypted
        raise InvalidKey(f"the signing key must be an unencrypted private key in PEM. {fix}") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise InvalidKey(f"the signing key must be of ECDSA on the curve P-256. {fix}")
    return key


def load_public(pem: str) -> ec.EllipticCurvePublicKey:
    fix = "To fix: give what `openssl pkey -pubout` makes of the private key."
    try:
        key = serialization.load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise InvalidKey(f"signing_key must be a public key in PEM. {fix}") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise InvalidKey(f"signing_key must be of ECDSA on the curve P-256. {fix}")
    return key
