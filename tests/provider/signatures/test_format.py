"""The format is cosign's: https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md"""

import base64
import json

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from provider.oci.image import Blob
from provider.oci.registry import Registry
from provider.signatures import Reference, documents
from provider.signatures.cosign import sign, verify
from provider.signatures.keys import InvalidKey, public_key
from provider.x509 import new_key
from tests.provider.signatures.conftest import Repository

KEY = new_key()


def test_the_tag_is_made_of_the_digest():
    """The example of the specification, "Tag-based Discovery"."""
    digest = "sha256:97fc222cee7991b5b061d4d4afdb5f3428fcb0c9054e1690313786befa1e4e36"
    assert documents.tag(digest) == "sha256-97fc222cee7991b5b061d4d4afdb5f3428fcb0c9054e1690313786befa1e4e36.sig"


def test_what_is_pushed_is_as_the_specification_says(repository: Repository):
    image = repository.pushed()
    sign(image, KEY)
    of = Reference.parse(image)
    with Registry(of.registry) as session:
        manifest = json.loads(session.read(of.repository, "manifests", f"sha256-{of.digest[7:]}.sig", 10_000) or b"")
        [layer] = manifest["layers"]
        payload = session.read(of.repository, "blobs", layer["digest"], 10_000) or b""
    assert manifest["schemaVersion"] == 2
    assert manifest["config"]["mediaType"] == "application/vnd.oci.image.config.v1+json"
    assert layer["mediaType"] == "application/vnd.dev.cosign.simplesigning.v1+json"
    assert layer["size"] == len(payload)
    assert list(layer["annotations"]) == ["dev.cosignproject.cosign/signature"]
    assert json.loads(payload) == {
        "critical": {
            "identity": {"docker-reference": of.name},
            "image": {"docker-manifest-digest": of.digest},
            "type": "cosign container image signature",
        },
        "optional": None,
    }
    key = serialization.load_pem_public_key(public_key(KEY).encode())
    assert isinstance(key, ec.EllipticCurvePublicKey)
    signature = base64.b64decode(layer["annotations"]["dev.cosignproject.cosign/signature"])
    key.verify(signature, payload, ec.ECDSA(hashes.SHA256()))


def test_the_payload_is_to_the_byte_what_cosign_writes():
    """Go writes no blanks and the fields in the order of sigstore/pkg/signature/payload."""
    of = Reference("r.example", "a/b", f"sha256:{'0' * 64}")
    assert documents.payload(of).data.decode() == (
        '{"critical":{"identity":{"docker-reference":"r.example/a/b"},"image":{"docker-manifest-digest":"sha256:'
        + "0" * 64
        + '"},"type":"cosign container image signature"},"optional":null}'
    )


def test_what_others_wrote_beside_a_signature_stays(repository: Repository):
    """Certificates and bundles of the transparency log are annotations of their signature."""
    image = repository.pushed()
    of = Reference.parse(image)
    payload = documents.payload(of)
    config, manifest = documents.manifest([documents.described(payload, "AAAA")])
    theirs = json.loads(manifest.data)
    theirs["layers"][0]["annotations"]["dev.sigstore.cosign/bundle"] = "{}"
    theirs["layers"][0]["urls"] = ["https://example.com"]
    manifest = Blob(manifest.media_type, json.dumps(theirs).encode())
    with Registry(of.registry) as session:
        session.push_blobs([payload, config], manifest, of.repository, documents.tag(of.digest))
        sign(image, KEY)
        held = json.loads(session.read(of.repository, "manifests", documents.tag(of.digest), 10_000) or b"")
    assert held["layers"][0] == theirs["layers"][0]
    verify(image, public_key(KEY))


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, password: bytes | None = None) -> str:
    how = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how).decode()


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("", "must be an unencrypted private key in PEM"),
        (pem(ec.generate_private_key(ec.SECP256R1()), b"password"), "must be an unencrypted private key in PEM"),
        (pem(ec.generate_private_key(ec.SECP384R1())), "on the curve P-256"),
        (pem(rsa.generate_private_key(65537, 2048)), "on the curve P-256"),
    ],
)
def test_a_private_key_of_another_kind_is_refused_and_never_told(key: str, why: str):
    with pytest.raises(InvalidKey, match=why) as refused:
        public_key(key)
    assert not [line for line in key.splitlines() if line and line in str(refused.value)]


@pytest.mark.parametrize("key", ["", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", KEY])
def test_what_is_no_public_key_is_refused(key: str):
    with pytest.raises(InvalidKey, match="signing_key must be a public key in PEM"):
        verify(f"127.0.0.1:9/a@sha256:{'0' * 64}", key)
