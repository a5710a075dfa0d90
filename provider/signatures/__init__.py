"""Signatures of images, in cosign's format: who signed a digest is told by the registry, and proven by a public key."""

from provider.signatures.cosign import SignatureError, sign, verify
from provider.signatures.keys import InvalidKey, public_key
from provider.signatures.reference import InvalidReference, Reference

__all__ = [
    "InvalidKey",
    "InvalidReference",
    "Reference",
    "SignatureError",
    "public_key",
    "sign",
    "verify",
]
