"""Who signed what, by a real registry: what holds, and each way in which it does not."""

import base64
import json
import socket
from typing import Any

import httpx
import pytest

from provider.oci.image import MANIFEST_TYPE, Blob
from provider.oci.registry import Registry, RegistryError
from provider.signatures import InvalidReference, Reference, documents
from provider.signatures.cosign import ALGORITHM, SignatureError, sign, verify
from provider.signatures.documents import PAYLOAD_TYPE, SIGNATURE
from provider.signatures.keys import load_private, public_key
from provider.x509 import new_key
from tests.provider.conftest import LOGIN
from tests.provider.signatures.conftest import Repository

KEY, ANOTHER = new_key(), new_key()
PUBLIC = public_key(KEY)


def there(image: str) -> dict[str, Any]:
    """The manifest of the image's signatures."""
    return httpx.get(tagged(image), headers={"Accept": MANIFEST_TYPE}, trust_env=False).raise_for_status().json()


def tagged(image: str) -> str:
    of = Reference.parse(image)
    return f"http://{of.registry}/v2/{of.repository}/manifests/sha256-{of.digest[7:]}.sig"


def put(image: str, signatures: dict[str, Any]) -> None:
    headers = {"Content-Type": MANIFEST_TYPE}
    httpx.put(tagged(image), json=signatures, headers=headers, trust_env=False).raise_for_status()


def refusal(image: str, key: str = PUBLIC) -> str:
    with pytest.raises(SignatureError) as refused:
        verify(image, key)
    assert " To fix: " in str(refused.value) and image.partition("@")[2] in str(refused.value)
    return str(refused.value)


def put_payload(image: str, data: bytes, key: str = KEY) -> None:
    """A signature of these bytes, whatever they are."""
    with Registry(Reference.parse(image).registry) as session:
        payload = Blob(PAYLOAD_TYPE, data)
        signature = base64.b64encode(load_private(key).sign(data, ALGORITHM)).decode()
        config, manifest = documents.manifest([documents.described(payload, signature)])
        name = documents.tag(Reference.parse(image).digest)
        session.push_blobs([payload, config], manifest, Reference.parse(image).repository, name)


def test_what_was_signed_is_verified(repository: Repository):
    image = repository.pushed()
    assert sign(image, KEY)
    verify(image, PUBLIC)


def test_a_second_time_nothing_is_pushed(repository: Repository):
    image = repository.pushed()
    sign(image, KEY)
    before = there(image)
    assert not sign(image, KEY)
    assert there(image) == before


def test_two_keys_sign_beside_each_other(repository: Repository):
    image = repository.pushed()
    assert sign(image, ANOTHER)
    assert sign(image, KEY)
    assert len(there(image)["layers"]) == 2
    verify(image, PUBLIC)
    verify(image, public_key(ANOTHER))


def test_what_nobody_signed_is_refused(repository: Repository):
    assert "nobody signed it" in refusal(repository.pushed())


def test_another_key_is_refused(repository: Repository):
    image = repository.pushed()
    sign(image, ANOTHER)
    assert "one is not by this key" in refusal(image)


def test_a_valid_signature_of_another_digest_is_refused(repository: Repository):
    """The tag says of which image it is, and whoever can push can write any tag."""
    signed, other = repository.pushed("signed"), repository.pushed("other")
    sign(signed, KEY)
    put(other, there(signed))
    assert f"one is of another image, {signed.partition('@')[2]}" in refusal(other)


def test_a_flipped_byte_of_the_payload_is_refused(repository: Repository):
    image = repository.pushed()
    sign(image, KEY)
    repository.store.flip(there(image)["layers"][0]["digest"])
    assert "the payload of one is gone or changed" in refusal(image)


def test_a_payload_that_was_changed_with_its_digest_is_refused(repository: Repository):
    image = repository.pushed()
    sign(image, KEY)
    signature = there(image)["layers"][0]["annotations"][SIGNATURE]
    put_payload(image, documents.payload(Reference.parse(image)).data.replace(b"null", b"nulL"))
    changed = there(image)
    changed["layers"][0]["annotations"][SIGNATURE] = signature
    put(image, changed)
    assert "one is not by this key, or was changed" in refusal(image)


@pytest.mark.parametrize("at", [0, 8, -1])
def test_a_flipped_byte_of_the_signature_is_refused(at: int, repository: Repository):
    image = repository.pushed()
    sign(image, KEY)
    signatures = there(image)
    signature = bytearray(base64.b64decode(signatures["layers"][0]["annotations"][SIGNATURE]))
    signature[at] ^= 1
    signatures["layers"][0]["annotations"][SIGNATURE] = base64.b64encode(signature).decode()
    put(image, signatures)
    assert "one is not by this key, or was changed" in refusal(image)


@pytest.mark.parametrize("written", ["", "not base64!", "ü", "AAAA"])
def test_what_is_no_signature_is_refused(written: str, repository: Repository):
    image = repository.pushed()
    sign(image, KEY)
    signatures = there(image)
    signatures["layers"][0]["annotations"][SIGNATURE] = written
    put(image, signatures)
    assert "one is not by this key, or was changed" in refusal(image)


def test_a_flipped_byte_of_the_image_is_refused(repository: Repository):
    image = repository.pushed()
    sign(image, KEY)
    repository.store.flip(image.partition("@")[2])
    with pytest.raises(SignatureError, match="another manifest than the digest's"):
        verify(image, PUBLIC)


def test_an_image_that_is_not_there_is_neither_signed_nor_verified(repository: Repository):
    image = f"{repository.pushed().partition('@')[0]}@sha256:{'0' * 64}"
    assert "the registry has no such image" in refusal(image)
    with pytest.raises(SignatureError, match="has no such image"):
        sign(image, KEY)


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"{}", "the payload of one is not cosign's"),
        (b'{"critical": {"type": 1}}', "the payload of one is not cosign's"),
        (b"[" * 10_000, "the payload of one is not cosign's"),
    ],
)
def test_a_signed_text_that_is_no_claim_is_refused(payload: bytes, why: str, repository: Repository):
    image = repository.pushed()
    put_payload(image, payload)
    assert why in refusal(image)


def test_a_claim_of_another_kind_is_refused(repository: Repository):
    image = repository.pushed()
    claim = json.loads(documents.payload(Reference.parse(image)).data)
    claim["critical"]["type"] = "atomic container signature"
    put_payload(image, json.dumps(claim).encode())
    assert "one is a claim of another kind, 'atomic container signature'" in refusal(image)


def test_one_that_holds_is_enough(repository: Repository):
    """Whoever can push could else refuse every image, by a signature that is none."""
    image = repository.pushed()
    put_payload(image, b"{}", ANOTHER)
    sign(image, KEY)
    verify(image, PUBLIC)


def test_a_tag_that_holds_something_else_is_refused(repository: Repository):
    image = repository.pushed()
    other = repository.pushed("other")
    of = Reference.parse(other)
    url = f"http://{of.registry}/v2/{of.repository}/manifests/{of.digest}"
    put(image, httpx.get(url, headers={"Accept": MANIFEST_TYPE}, trust_env=False).json())
    assert "which is not read here" in refusal(image)


def test_more_signatures_than_anybody_makes_are_refused(repository: Repository):
    image = repository.pushed()
    sign(image, KEY)
    signatures = there(image)
    put(image, signatures | {"layers": signatures["layers"] * (documents.MOST_SIGNATURES + 1)})
    assert "holds no signatures (layers: List should have at most 20 items" in refusal(image)


def test_a_registry_that_does_not_answer_refuses():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        image = f"127.0.0.1:{free.getsockname()[1]}/tests/a@sha256:{'0' * 64}"
        with pytest.raises(RegistryError, match="no registry answers there"):
            verify(image, PUBLIC)


def test_a_login_opens_a_closed_registry_and_is_never_told(tmp_path, closed_registry: str):
    image = f"{closed_registry}/tests/closed@sha256:{'0' * 64}"
    with pytest.raises(RegistryError, match="answered 401"):
        verify(image, PUBLIC)
    with pytest.raises(RegistryError, match="answered 401") as refused:
        verify(image, PUBLIC, (LOGIN[0], "a wrong password"))
    assert "a wrong password" not in str(refused.value)
    with pytest.raises(SignatureError, match="has no such image"):
        verify(image, PUBLIC, LOGIN)


@pytest.mark.parametrize(
    "image",
    [
        "embedder@sha256:" + "0" * 64,
        "r.example/embedder:1",
        "r.example/embedder@sha256:" + "0" * 63,
        "r.example/../embedder@sha256:" + "0" * 64,
        "r.example/a?b@sha256:" + "0" * 64,
        "user@r.example/a@sha256:" + "0" * 64,
    ],
)
def test_what_is_no_reference_by_digest_is_refused(image: str):
    with pytest.raises(InvalidReference, match="image must be host"):
        verify(image, PUBLIC)
