"""Sign an image's digest, and verify who did: the registry is asked, and nothing that it says is taken for true.

What is signed is a digest, and the digest is of the image's manifest, which names layers and config by theirs.
"""

import base64
import binascii

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import ValidationError

from provider.oci.registry import Login, Registry
from provider.signatures import documents
from provider.signatures.documents import Descriptor, Payload, Signatures
from provider.signatures.keys import load_private, load_public
from provider.signatures.reference import Reference

MANIFEST_LIMIT = 4 << 20
"""Bytes. What a registry must take at least, and ours and ECR's take at most:
https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-manifests"""
PAYLOAD_LIMIT = 64 << 10
"""Bytes. Cosign's payloads have about 250; who adds claims of his own has room."""

ALGORITHM = ec.ECDSA(hashes.SHA256())


class SignatureError(RuntimeError):
    """An image that is not to run: which, why, and the fix."""


def sign(image: str, private_key: str, login: Login | None = None) -> bool:
    """Signs `host[:port]/path@sha256:...` for the holder of `private_key` (PEM); pushes to the image's repository.

    False where that key has signed it already: nothing is pushed, as an immutable tag would refuse it. Signatures of
    other keys stay. InvalidReference, InvalidKey, SignatureError where the registry has not this image, RegistryError.
    """
    reference, key = Reference.parse(image), load_private(private_key)
    with Registry(reference.registry, login) as session:
        _require_image(session, reference)
        there = _signatures(session, reference)
        if any(_refusal(session, reference, each, key.public_key()) is None for each in there):
            return False
        payload = documents.payload(reference)
        signature = base64.b64encode(key.sign(payload.data, ALGORITHM)).decode()
        config, manifest = documents.manifest([*there, documents.described(payload, signature)])
        session.push_blobs([payload, config], manifest, reference.repository, documents.tag(reference.digest))
        return True


def verify(image: str, public_key: str, login: Login | None = None) -> None:
    """Returns where the holder of `public_key` (PEM) has signed `host[:port]/path@sha256:...`, and the registry has it.

    Else SignatureError. InvalidReference, InvalidKey, and RegistryError for a registry that does not answer, or not
    within bounds, are refusals too.
    """
    reference, key = Reference.parse(image), load_public(public_key)
    with Registry(reference.registry, login) as session:
        _require_image(session, reference)
        signatures = _signatures(session, reference)
        refusals: list[str] = []
        for each in signatures:
            refusal = _refusal(session, reference, each, key)
            if refusal is None:
                return
            refusals.append(refusal)
    why = "; ".join(dict.fromkeys(refusals)) or "nobody signed it"
    raise SignatureError(
        f"{reference}: {why}. To fix: find out who pushed it, and have the holder of the key sign what is meant to run."
    )


def is_signed(image: str, public_key: str, login: Login | None = None) -> bool:
    """Whether `verify` would return; raises as it does but for SignatureError."""
    try:
        verify(image, public_key, login)
    except SignatureError:
        return False
    return True


def _require_image(session: Registry, reference: Reference) -> None:
    data = session.read(reference.repository, "manifests", reference.digest, MANIFEST_LIMIT)
    if data is None:
        raise SignatureError(
            f"{reference}: the registry has no such image. To fix: push it, or name one that is there."
        )
    if not documents.is_of(data, reference.digest):
        raise SignatureError(
            f"{reference}: the registry answers with another manifest than the digest's. To fix: push the image anew, "
            "and look for who changed it."
        )


def _signatures(session: Registry, reference: Reference) -> list[Descriptor]:
    name = documents.tag(reference.digest)
    data = session.read(reference.repository, "manifests", name, MANIFEST_LIMIT)
    if data is None:
        return []
    try:
        return Signatures.model_validate_json(data).layers
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        raise SignatureError(
            f"{reference}: its tag {name} holds no signatures ({where}: {first['msg']}). To fix: remove what is there, "
            "and sign the image again."
        ) from None


def _refusal(
    session: Registry, reference: Reference, descriptor: Descriptor, key: ec.EllipticCurvePublicKey
) -> str | None:
    """Why one signature says nothing for the image; None where it holds."""
    if descriptor.mediaType != documents.PAYLOAD_TYPE:
        return f"one is of type {descriptor.mediaType!r}, which is not read here"
    data = session.read(reference.repository, "blobs", descriptor.digest, PAYLOAD_LIMIT)
    if data is None or not documents.is_of(data, descriptor.digest):
        return "the payload of one is gone or changed"
    try:
        key.verify(_decoded(descriptor.annotations.get(documents.SIGNATURE, "")), data, ALGORITHM)
        # Nothing of a payload is believed before its signature is.
        claim = Payload.model_validate_json(data).critical
    except InvalidSignature:
        return "one is not by this key, or was changed"
    except ValidationError:
        return "the payload of one is not cosign's"
    if claim.type != documents.CLAIM:
        return f"one is a claim of another kind, {claim.type!r}"
    if claim.image.digest != reference.digest:
        return f"one is of another image, {claim.image.digest}"
    return None


def _decoded(signature: str) -> bytes:
    try:
        return base64.b64decode(signature.encode(), validate=True)
    except binascii.Error:
        raise InvalidSignature from None
