"""The plugin under the real engine: what a person sees of its resources over the life of a stack."""

import re

import httpx
import pytest

from provider.signatures import documents
from provider.signatures.cosign import sign, verify
from provider.signatures.keys import public_key
from provider.x509 import new_key
from tests.provider.conftest import LOGIN
from tests.support.engine import Engine, Stack

pytestmark = pytest.mark.cluster  # needs no API server, but the built engine

PROGRAM = """
import os, pulumi
from provider import sources
from provider.resources import Certificate, Image, Password

password = Password("password", length=40)
authority = Certificate("authority", "tests", is_ca=True)
server = Certificate("server", "server", ["server.tests.svc"], ca_key=authority.private_key, ca_cert=authority.cert)
source = "platform:prometheus"
# Not known in the first preview, as the registry of a node that is not there yet.
registry = password.result.apply(lambda _: os.environ["TEST_REGISTRY"])
image = Image("image", source, pulumi.Output.unsecret(registry), sources.digest(source))
for name, value in {"password": password.result, "key": server.private_key, "cert": server.cert, "trusted": server.ca_cert,
                    "ref": image.ref, "digest": image.digest, "size": image.size_bytes}.items():
    pulumi.export(name, value)
"""


ACCEPT = {"Accept": "application/vnd.oci.image.manifest.v1+json"}


def manifest(registry: str, outputs: dict) -> str:
    return f"http://{registry}/v2/tradewind/prometheus/manifests/{outputs['digest']}"


@pytest.fixture(scope="module")
def stack(tmp_path_factory, registry) -> Stack:
    from airgap.paths import CHECKOUT

    made = Engine(tmp_path_factory.mktemp("engine")).stack("ours", TEST_REGISTRY=registry, PYTHONPATH=str(CHECKOUT))
    made.program(PROGRAM)
    return made


@pytest.fixture(scope="module")
def outputs(stack) -> dict:
    assert stack.preview().changes == {"to create": 5}, "unknown values pass"
    assert stack.up().changes == {"created": 5}
    return stack.outputs()


def test_a_second_update_changes_nothing(stack, outputs):
    assert stack.up().changes == {"unchanged": 5}
    assert stack.outputs() == outputs


def test_a_refresh_finds_all_as_it_was(stack, outputs):
    assert "unchanged" in stack.refresh().changes
    assert stack.up().changes == {"unchanged": 5}


def test_no_secret_is_readable_in_the_state(stack, outputs):
    state = stack.export()
    assert outputs["password"] not in state
    assert "PRIVATE KEY" not in state
    assert outputs["digest"] in state


def test_the_image_is_in_the_registry_under_its_ref(outputs, registry):
    assert outputs["ref"] == f"{registry}/tradewind/prometheus@{outputs['digest']}"
    assert httpx.head(manifest(registry, outputs), headers=ACCEPT, trust_env=False).status_code == 200


def test_an_image_that_left_the_registry_is_pushed_again(stack, outputs, registry):
    httpx.delete(manifest(registry, outputs), trust_env=False).raise_for_status()
    assert stack.up().changes == {"updated": 1, "unchanged": 4}
    assert httpx.head(manifest(registry, outputs), headers=ACCEPT, trust_env=False).status_code == 200
    assert stack.outputs() == outputs


def test_a_dead_registry_does_not_keep_a_preview_from_passing(stack, outputs):
    dead = PROGRAM.replace('os.environ["TEST_REGISTRY"]', '"127.0.0.1:9"')
    assert stack.preview(dead).changes == {"to update": 1, "unchanged": 4}
    failed = stack.up(dead, fails=True)
    assert re.search(r"127\.0\.0\.1:9: no registry answers there .* To fix: run `make up`", failed.text)
    assert stack.up(PROGRAM).changes["unchanged"] == 5


def test_wrong_inputs_are_refused_before_anything_changes(stack, outputs):
    wrong = PROGRAM.replace("length=40", "length=4")
    text = stack.up(wrong, fails=True).text
    assert "length must be from 16 to 128, got 4. To fix: write 32." in text
    assert stack.outputs() == outputs


def test_every_output_is_what_its_name_says(outputs):
    assert len(outputs["password"]) == 40
    assert outputs["cert"].startswith("-----BEGIN CERTIFICATE-----")
    assert outputs["cert"] != outputs["trusted"]
    assert isinstance(outputs["size"], int)


WITH_LOGIN = """
import os, pulumi
from provider import sources
from provider.resources import Image

source = "platform:prometheus"
login = {"username": "pusher", "password": os.environ["TEST_PASSWORD"]}
image = Image("image", source, os.environ["TEST_REGISTRY"], sources.digest(source), **login)
pulumi.export("ref", image.ref)
"""


def test_the_login_of_a_registry_is_no_part_of_the_image_and_stays_secret(tmp_path, closed_registry):
    from airgap.paths import CHECKOUT

    place = {"TEST_REGISTRY": f"{closed_registry}/stack", "PYTHONPATH": str(CHECKOUT)}
    stack = Engine(tmp_path).stack("login", TEST_PASSWORD=LOGIN[1], **place)
    assert stack.up(WITH_LOGIN).changes == {"created": 2}
    assert stack.outputs()["ref"].startswith(f"{closed_registry}/stack/tradewind/prometheus@sha256:")
    assert LOGIN[1] not in stack.export()
    tomorrow = WITH_LOGIN.replace('os.environ["TEST_PASSWORD"]', '"another token"')
    assert stack.up(tomorrow).changes == {"unchanged": 2}
    alone = WITH_LOGIN.replace('"username": "pusher", ', "")
    assert "password must not be given alone" in stack.up(alone, fails=True).text


SIGNED = """
import os, pulumi
from provider import sources
from provider.resources import Image

source = "platform:prometheus"
image = Image("image", source, os.environ["TEST_REGISTRY"], sources.digest(source), signing_key=os.environ["TEST_KEY"])
pulumi.export("ref", image.ref)
pulumi.export("verified", image.verified)
"""


@pytest.fixture
def signing(tmp_path, registry) -> Stack:
    """A stack whose images are signed with the key in its folder."""
    from airgap.paths import CHECKOUT

    (tmp_path / "signing.key").write_text(new_key())
    public = public_key((tmp_path / "signing.key").read_text())
    place = {
        "TEST_REGISTRY": f"{registry}",
        "PYTHONPATH": str(CHECKOUT),
        "TRADEWIND_SIGNING_KEY": str(tmp_path / "signing.key"),
    }
    stack = Engine(tmp_path / "engine").stack("signed", TEST_KEY=public, **place)
    stack.program(SIGNED)
    return stack


def test_an_image_is_signed_before_its_reference_is_known(signing, tmp_path):
    assert signing.preview().changes == {"to create": 2}
    assert signing.up().changes == {"created": 2}
    outputs = signing.outputs()
    assert outputs["verified"] == [outputs["ref"]]
    verify(outputs["ref"], public_key((tmp_path / "signing.key").read_text()))
    assert "PRIVATE KEY" not in signing.export()
    assert signing.up().changes == {"unchanged": 2}
    assert signing.preview(SIGNED.replace('os.environ["TEST_KEY"]', "'a key'"), fails=True).text.count(
        "signing_key must"
    )


def test_a_signature_that_is_gone_is_made_again(signing, registry):
    signing.up()
    ref = signing.outputs()["ref"]
    address = f"http://{registry}/v2/tradewind/prometheus/manifests/"
    tag = documents.tag(ref.partition("@")[2])
    found = httpx.head(address + tag, headers=ACCEPT, trust_env=False)
    httpx.delete(address + found.headers["docker-content-digest"], trust_env=False).raise_for_status()
    assert signing.preview().changes == {"to update": 1, "unchanged": 1}
    assert signing.up().changes == {"updated": 1, "unchanged": 1}
    assert httpx.head(address + tag, headers=ACCEPT, trust_env=False).status_code == 200


def test_who_has_not_the_private_key_deploys_only_what_others_signed(signing, tmp_path):
    key = tmp_path / "signing.key"
    private = key.read_text()
    key.unlink()
    refused = signing.up(fails=True).text
    assert "nobody has signed it with the stack's signing_key" in refused and "TRADEWIND_SIGNING_KEY" in refused
    sign(re.search(r"\S+@sha256:[0-9a-f]{64}", refused)[0], private)
    assert signing.up().changes["created"] >= 1


def test_images_before_stay_admitted_as_far_as_they_are_signed(signing, tmp_path):
    signing.up()
    first = signing.outputs()["ref"]
    other = SIGNED.replace("platform:prometheus", "platform:keda")
    assert signing.up(other).changes == {"updated": 1, "unchanged": 1}
    outputs = signing.outputs()
    assert outputs["verified"] == [outputs["ref"], first] and outputs["ref"] != first
    (tmp_path / "signing.key").write_text(new_key())
    rotated = other.replace('os.environ["TEST_KEY"]', repr(public_key((tmp_path / "signing.key").read_text())))
    signing.up(rotated)
    assert signing.outputs()["verified"] == [outputs["ref"]], "the first has no signature by the new key"
