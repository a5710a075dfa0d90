"""The project's own client pushes to the registries of clouds that are not there, and is refused as they would."""

import hashlib
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from provider.oci import ImageSpec, assemble
from provider.oci.image import MANIFEST_TYPE, Image
from provider.oci.registry import Registry, RegistryError, push
from tests.doubles import registry
from tests.doubles.registry.conftest import ECR, GOOGLE, HOSTS, LOGINS, REPOSITORIES, Rehearsal
from tests.provider.conftest import a_root
from tests.support.plugin_calls import silent

pytestmark = pytest.mark.cluster

SPEC = ImageSpec(entrypoint=["/bin/tool"])
ABSENT = {ECR: "shop/absent", GOOGLE: "a-project/absent/embedder"}
BIG_MB = 200
GROWTH_MB = 30
"""Above that an upload or a download is held whole: what is on its way is some pieces of 64 KiB."""


def image_in(folder: Path, text: str = "hello") -> Image:
    return assemble(SPEC, [a_root(folder, text)], silent)


def session(host: str, login: tuple[str, str] | None = None) -> Registry:
    return Registry(host, login or LOGINS[host])


def tagged(client: Registry, path: str, image: Image, tag: str) -> httpx.Response:
    url = f"/v2/{path}/manifests/{tag}"
    return client.client.put(url, content=image.manifest.data, headers={"Content-Type": MANIFEST_TYPE})


@pytest.mark.parametrize("host", HOSTS)
def test_what_was_pushed_is_there_and_comes_back_whole(host, inside, tmp_path):
    path = REPOSITORIES[host]
    under, _, name = path.rpartition("/")
    root = a_root(tmp_path, host)
    digest, _ = push(SPEC, [root], f"{host}/{under}", name, silent, LOGINS[host])
    image = assemble(SPEC, [root], silent)
    with session(host) as client:
        assert client.has(path, digest)
        assert not client.has(path, "sha256:" + "0" * 64)
        for layer in image.layers:
            assert client.client.get(f"/v2/{path}/blobs/{layer.digest}").content == layer.blob.read_bytes()


def test_each_registry_has_its_own_images(inside, tmp_path):
    path, image = REPOSITORIES[GOOGLE], image_in(tmp_path, "apart")
    with session(GOOGLE) as google, session(ECR) as amazon:
        google.push(image, path, silent)
        assert not amazon.has(path, image.manifest.digest)
        amazon.push(image, path, silent)
        assert amazon.has(path, image.manifest.digest)


@pytest.mark.parametrize("host", HOSTS)
def test_an_upload_goes_on_at_the_registry_where_it_began(host, inside):
    path = REPOSITORIES[host]
    with session(host) as client:
        begun = client.client.post(f"/v2/{path}/blobs/uploads/?mount=sha256:{'0' * 64}&from=another")
    assert begun.status_code == 202
    assert begun.headers["location"].startswith(f"https://{host}/v2/{path}/blobs/uploads/")


@pytest.mark.parametrize("host", HOSTS)
def test_a_repository_that_nobody_made_is_not_found(host, inside, tmp_path):
    with session(host) as client:
        with pytest.raises(RegistryError, match="answered 404"):
            client.push(image_in(tmp_path), ABSENT[host], silent)
        [error] = client.client.get(f"/v2/{ABSENT[host]}/manifests/1").json()["errors"]
        assert error["code"] == "NAME_UNKNOWN" and "absent" in error["message"]


@pytest.mark.parametrize(
    ("host", "elsewhere"),
    [
        (ECR, ECR.replace("eu-west-1", "eu-west-3")),
        (ECR, ECR.replace("123456789012", "210987654321")),
        (GOOGLE, "europe-west4-docker.pkg.dev"),
    ],
)
def test_a_repository_of_another_account_or_region_is_not_found(host, elsewhere, inside):
    with session(elsewhere, LOGINS[host]) as client:
        answer = client.client.get(f"/v2/{REPOSITORIES[host]}/manifests/1")
    assert answer.status_code == 404 and answer.json()["errors"][0]["code"] == "NAME_UNKNOWN"


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("login", [("AWS", "guessed"), ("oauth2accesstoken", "guessed"), ("", "")])
def test_a_wrong_login_is_refused(host, login, inside, tmp_path):
    with session(host, login) as client:
        with pytest.raises(RegistryError, match="answered 401"):
            client.push(image_in(tmp_path), REPOSITORIES[host], silent)
        assert client.client.get("/v2/").json()["errors"][0]["code"] == "UNAUTHORIZED"


def test_one_clouds_login_does_not_open_the_others_registry(inside):
    with session(ECR, LOGINS[GOOGLE]) as client:
        assert client.client.get("/v2/").status_code == 401
    with session(ECR) as client:
        assert client.client.get("/v2/").status_code == 200


@pytest.mark.parametrize("host", HOSTS)
def test_a_tag_never_moves(host, inside, tmp_path):
    path = REPOSITORIES[host]
    first, second = image_in(tmp_path / "1", "first"), image_in(tmp_path / "2", "second")
    with session(host) as client:
        client.push(first, path, silent)
        client.push(second, path, silent)
        assert tagged(client, path, first, "v1").status_code == 201
        assert tagged(client, path, first, "v1").status_code == 201
        refused = tagged(client, path, second, "v1")
        assert refused.status_code == 400 and refused.json()["errors"][0]["code"] == "TAG_INVALID"
        assert tagged(client, path, second, "v2").status_code == 201
        there = client.client.head(f"/v2/{path}/manifests/v1", headers={"Accept": MANIFEST_TYPE})
        assert there.headers["docker-content-digest"] == first.manifest.digest


@pytest.mark.parametrize("host", HOSTS)
def test_a_repository_that_is_made_anew_is_empty(host, inside, tmp_path):
    path, image = REPOSITORIES[host], image_in(tmp_path, "gone")
    with session(host) as client:
        client.push(image, path, silent)
        inside.make_anew(host)
        assert not client.has(path, image.manifest.digest)
        layer = f"/v2/{path}/blobs/{image.layers[0].digest}"
        assert client.client.head(layer).status_code == 404
        client.push(image, path, silent)
        assert client.has(path, image.manifest.digest)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/",
        "https://public.ecr.aws/v2/",
        "https://123456789012.dkr.ecr.eu-west-1.amazonaws.com.example.com/",
        "https://europe-west1-docker.pkg.dev:8443/v2/",
    ],
)
def test_there_is_no_way_out(url, inside):
    with pytest.raises(httpx.ProxyError, match="403 the rehearsal has no way out to"):
        httpx.get(url)


def test_a_certificate_is_good_to_the_strictest_client(inside):
    context = ssl.create_default_context(cafile=str(registry.ensure(inside.place).authority))
    context.verify_flags |= ssl.VERIFY_X509_STRICT  # the default from Python 3.13 on
    assert httpx.get(f"https://{ECR}/v2/", verify=context, auth=LOGINS[ECR]).status_code == 200


def test_without_the_environment_nobody_is_led_here(rehearsal, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(f"https://{ECR}/v2/", proxy=registry.ensure(rehearsal.place).proxy)


def test_a_large_blob_is_passed_on_piece_by_piece(inside: Rehearsal):
    piece = bytes(range(256)) * 4096
    digest = hashlib.sha256(piece * BIG_MB).hexdigest()
    path = REPOSITORIES[ECR]
    daemon = registry.daemon(inside.place)
    assert daemon is not None
    before = peak_mb(daemon.pid)
    with session(ECR) as client:
        upload = client.client.post(f"/v2/{path}/blobs/uploads/").headers["location"]
        url = httpx.URL(upload).copy_merge_params({"digest": f"sha256:{digest}"})
        size = {"Content-Length": str(len(piece) * BIG_MB)}
        assert client.client.put(url, content=pieces(piece), headers=size).status_code == 201
        back = hashlib.sha256()
        with client.client.stream("GET", f"/v2/{path}/blobs/sha256:{digest}") as answer:
            for part in answer.iter_bytes():
                back.update(part)
    assert back.hexdigest() == digest
    assert peak_mb(daemon.pid) - before < GROWTH_MB


def pieces(piece: bytes) -> Iterator[bytes]:
    for _ in range(BIG_MB):
        yield piece


def peak_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
