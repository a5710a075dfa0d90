"""What cosign keeps in a registry: the payload that is signed, and the manifest that holds it with its signatures.

https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from provider.oci.image import CONFIG_TYPE, MANIFEST_TYPE, Blob
from provider.signatures.reference import Reference

PAYLOAD_TYPE = "application/vnd.dev.cosign.simplesigning.v1+json"
SIGNATURE = "dev.cosignproject.cosign/signature"
CLAIM = "cosign container image signature"

MOST_SIGNATURES = 20
"""Of one image. Each is read before it can be refused."""


class Descriptor(BaseModel):
    """One signature: where its payload is, and what was signed of it."""

    model_config = ConfigDict(frozen=True, extra="allow")  # certificates and bundles of others are kept

    mediaType: str
    digest: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")
    size: int
    annotations: dict[str, str] = {}


class Signatures(BaseModel):
    """The manifest under an image's tag for signatures."""

    layers: list[Descriptor] = Field(max_length=MOST_SIGNATURES)


class _Identity(BaseModel):
    docker_reference: str = Field(alias="docker-reference")


class _Image(BaseModel):
    digest: str = Field(alias="docker-manifest-digest")


class _Critical(BaseModel):
    identity: _Identity
    image: _Image
    type: str


class Payload(BaseModel):
    """What was signed. As in cosign, `docker-reference` is read and not compared: an image may be copied."""

    critical: _Critical


def tag(digest: str) -> str:
    """Under which the signatures of an image are, in its own repository: sha256:ab12... is sha256-ab12....sig."""
    return f"{digest.replace(':', '-')}.sig"


def payload(of: Reference) -> Blob:
    """As cosign writes it, to the byte."""
    critical = {
        "identity": {"docker-reference": of.name},
        "image": {"docker-manifest-digest": of.digest},
        "type": CLAIM,
    }
    return Blob(PAYLOAD_TYPE, _compact({"critical": critical, "optional": None}))


def described(signed: Blob, signature: str) -> Descriptor:
    return Descriptor(
        mediaType=PAYLOAD_TYPE, digest=signed.digest, size=len(signed.data), annotations={SIGNATURE: signature}
    )


def manifest(signatures: Sequence[Descriptor]) -> tuple[Blob, Blob]:
    """Config and manifest that hold these signatures."""
    config = {
        "architecture": "",
        "config": {},
        "os": "",
        "rootfs": {"type": "layers", "diff_ids": [each.digest for each in signatures]},
    }
    told = Blob(CONFIG_TYPE, _compact(config))
    whole = {
        "schemaVersion": 2,
        "mediaType": MANIFEST_TYPE,
        "config": {"mediaType": CONFIG_TYPE, "size": len(told.data), "digest": told.digest},
        "layers": [each.model_dump() for each in signatures],
    }
    return told, Blob(MANIFEST_TYPE, _compact(whole))


def is_of(data: bytes, digest: str) -> bool:
    return f"sha256:{hashlib.sha256(data).hexdigest()}" == digest


def _compact(document: dict[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
