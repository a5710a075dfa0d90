"""The rule on signatures asks a real registry, with the login that the stack pushes by."""

from collections.abc import Iterator
from typing import Any

import pytest

from policies.pack import Pack
from policies.rule import Tier
from policies.stack_rules.models import IMAGE, SIGNING_KEY, signed
from provider.oci import ImageSpec
from provider.oci.registry import push
from provider.signatures.cosign import sign
from provider.signatures.keys import public_key
from provider.x509 import new_key
from tests.policies.graphs import Stack, written
from tests.policies.test_stack_cases import cases
from tests.provider.conftest import HTPASSWD, LOGIN, a_root, running

KEY = new_key()
PATH = "spec.template.spec.containers.0.image"


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """In a registry that asks for a login."""
    folder = tmp_path_factory.mktemp("registry")
    (folder / "htpasswd").write_text(HTPASSWD)
    with running(folder, 401, f"auth: {{htpasswd: {{realm: tests, path: {folder}/htpasswd}}}}\n") as address:
        root = a_root(folder / "root")
        digest, _ = push(ImageSpec(entrypoint=["/bin/tool"]), [root], address, "tradewind/embedder", login=LOGIN)
        yield f"{address}/tradewind/embedder@{digest}"


def a_stack(image: str, key: str, tier: Tier = "prod", **login: Any) -> Stack:
    graph = cases("models")["graph"]
    replicas = {"metadata": {"name": "embedder", "namespace": "models"}}
    pods = {"metadata": {"labels": {"app": "embedder"}}, "spec": {"containers": [{"name": "main", "image": image}]}}
    registry = {"source": "bento:bentos/embedder", "registry": image.partition("/")[0], **login}
    resources = graph["resources"] | {
        "replicas": {"type": "kubernetes:apps/v1:Deployment", "inputs": {**replicas, "spec": {"template": pods}}},
        "image": {"type": IMAGE, "inputs": registry},
    }
    made = written({"resources": resources, "config": {SIGNING_KEY: key} if key else {}})
    return Stack(made.resources, made.config, tier)


def messages(stack: Stack) -> list[str]:
    found = Pack([], stack.tier, stack_rules=[signed]).judge_stack(stack.graph())
    return [each.message for _, each in found if each.kind == "violation"]


def test_a_signed_image_passes_and_another_key_does_not(image: str):
    login = dict(zip(("username", "password"), LOGIN, strict=True))
    [unsigned] = messages(a_stack(image, public_key(KEY), **login))
    assert f"{PATH} is {image!r}: {image}: nobody signed it. To fix: set signing_key" in unsigned
    sign(image, KEY, LOGIN)
    assert messages(a_stack(image, public_key(KEY), **login)) == []
    [of_another] = messages(a_stack(image, public_key(new_key()), **login))
    assert "one is not by this key" in of_another


def test_without_the_login_nothing_is_proven_and_no_password_told(image: str):
    [found] = messages(a_stack(image, public_key(KEY)))
    assert "answered 401" in found
    [refused] = messages(a_stack(image, public_key(KEY), username=LOGIN[0], password="a wrong password"))
    assert "answered 401" in refused and "a wrong password" not in refused


@pytest.mark.parametrize(("tier", "found"), [("dev", 0), ("prod", 1)])
def test_a_stack_of_production_must_have_a_key(tier: Tier, found: int, image: str):
    assert len(messages(a_stack(image, "", tier))) == found
