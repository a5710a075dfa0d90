"""Images: one digest by archive and by push, and a registry that can be trusted to have the whole."""

import json
import socket
import tarfile

import httpx
import pytest

from provider.oci import ImageSpec, write_archive
from provider.oci.image import MANIFEST_TYPE
from provider.oci.registry import Registry, RegistryError, push
from tests.provider.conftest import LOGIN, a_root

SPEC = ImageSpec(entrypoint=["/bin/tool"], env={"B": "2", "A": "1"}, workdir="/etc")


def manifest(registry: str, repository: str, digest: str) -> dict:
    url = f"http://{registry}/v2/{repository}/manifests/{digest}"
    return httpx.get(url, headers={"Accept": MANIFEST_TYPE}, trust_env=False).json()


def blob(registry: str, repository: str, digest: str) -> bytes:
    return httpx.get(f"http://{registry}/v2/{repository}/blobs/{digest}", trust_env=False).content


def test_an_archive_and_a_push_of_the_same_folders_have_one_digest(tmp_path, registry):
    root = a_root(tmp_path / "root", "one digest")
    pushed, _ = push(SPEC, [root], registry, "tests/one")
    assert write_archive(SPEC, [root], "docker.io/tests/one:1", tmp_path / "one.tar") == pushed


def test_the_config_says_how_to_start_as_whom_and_where(tmp_path, registry):
    digest, _ = push(SPEC, [a_root(tmp_path / "root")], registry, "tests/config")
    config = json.loads(blob(registry, "tests/config", manifest(registry, "tests/config", digest)["config"]["digest"]))
    assert config["config"] == {
        "Cmd": None, "Entrypoint": ["/bin/tool"], "Env": ["A=1", "B=2"], "User": "65532:65532", "WorkingDir": "/etc",
    }  # fmt: skip
    assert "created" not in config


def test_the_size_is_what_a_node_pulls(tmp_path, registry):
    digest, size = push(SPEC, [a_root(tmp_path / "root")], registry, "tests/size")
    document = manifest(registry, "tests/size", digest)
    assert size == document["config"]["size"] + sum(layer["size"] for layer in document["layers"])


def test_a_second_push_uploads_only_the_changed_layer(tmp_path, registry):
    lower, upper = a_root(tmp_path / "lower", "stays"), a_root(tmp_path / "upper", "first")
    push(SPEC, [lower, upper], registry, "tests/again")
    (upper / "etc" / "greeting").write_text("second")
    lines: list[str] = []
    push(SPEC, [lower, upper], registry, "tests/again", lines.append)
    assert len([line for line in lines if line.startswith("pushing")]) == 2, "one layer and the config"
    lines.clear()
    push(SPEC, [lower, upper], registry, "tests/again", lines.append)
    assert lines == []


def test_an_image_has_a_tag_of_its_content(tmp_path, registry):
    """What no tag names, the clouds' registries remove after two weeks."""
    digest, _ = push(SPEC, [a_root(tmp_path / "root")], registry, "tests/tagged")
    assert digest.startswith("sha256:")
    [tag] = httpx.get(f"http://{registry}/v2/tests/tagged/tags/list", trust_env=False).json()["tags"]
    assert tag == f"content-{digest[7:23]}"
    assert manifest(registry, "tests/tagged", tag) == manifest(registry, "tests/tagged", digest)


def test_a_registry_is_asked_whether_it_still_has_an_image(tmp_path, registry):
    digest, _ = push(SPEC, [a_root(tmp_path / "root")], registry, "tests/asked")
    with Registry(registry) as session:
        assert session.has("tests/asked", digest)
        assert not session.has("tests/asked", f"sha256:{'0' * 64}")
        httpx.delete(f"http://{registry}/v2/tests/asked/manifests/{digest}", trust_env=False).raise_for_status()
        assert not session.has("tests/asked", digest)


def test_an_archive_names_its_image_for_containerd(tmp_path):
    digest = write_archive(SPEC, [a_root(tmp_path / "root")], "docker.io/tests/a:1", tmp_path / "a.tar")
    with tarfile.open(tmp_path / "a.tar") as tar:
        index = json.load(tar.extractfile("index.json"))  # pyright: ignore[reportArgumentType]
        [entry] = index["manifests"]
        assert entry["digest"] == digest
        assert entry["annotations"]["io.containerd.image.name"] == "docker.io/tests/a:1"
        assert f"blobs/sha256/{digest.removeprefix('sha256:')}" in tar.getnames()


def test_a_registry_that_does_not_answer_is_named_with_the_fix():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with (
        Registry(address) as session,
        pytest.raises(RegistryError, match=rf"{address}: no registry answers .*To fix: "),
    ):
        session.has("tests/none", "sha256:0")


@pytest.mark.parametrize(
    ("registry", "scheme"), [("127.0.0.1:5000", "http"), ("localhost:5000", "http"), ("[::1]:5000", "http"),
                             ("registry.example", "https"), ("10.0.0.7:5000", "https")],
)  # fmt: skip
def test_plain_http_is_for_loopback_alone(registry, scheme):
    with Registry(registry) as session:
        assert session.client.base_url.scheme == scheme


def test_a_user_by_name_is_refused_since_kubernetes_cannot_check_it():
    with pytest.raises(ValueError, match=r"got 'nobody'\. To fix: write it as '65532:65532'\."):
        ImageSpec(entrypoint=["/x"], user="nobody")


def test_a_registry_with_a_login_and_a_path_takes_an_image_under_that_path(tmp_path, closed_registry):
    digest, _ = push(SPEC, [a_root(tmp_path / "root")], f"{closed_registry}/team/models", "tests/one", login=LOGIN)
    with Registry(closed_registry, LOGIN) as session:
        assert session.has("team/models/tests/one", digest)


@pytest.mark.parametrize("login", [None, ("pusher", "another password")])
def test_a_refused_login_is_named_with_the_fix(tmp_path, closed_registry, login):
    with pytest.raises(RegistryError, match=r"was answered 401 .*To fix: log in again"):
        push(SPEC, [a_root(tmp_path / "root")], closed_registry, "tests/refused", login=login)
