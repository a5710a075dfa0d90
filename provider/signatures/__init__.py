"""Signatures of images, in cosign's format: who signed a digest is told by the registry, and proven by a public key.

cosign.py signs and verifies, and is not imported here: its HTTP client would cost every preview 70 ms.
"""

from provider.signatures.reference import InvalidReference, Reference

__all__ = ["InvalidReference", "Reference"]
