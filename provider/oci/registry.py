"""An image registry, over the distribution API (https://distribution.github.io/distribution/spec/api/).

Own code rather than `crane`: four requests suffice, and a machine with no Go can push. A login is basic
authentication, which the registries of AWS and Google Cloud take for their tokens.
"""

import ipaddress
import ssl
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, NoReturn

import httpx

from airgap.artifacts import Report
from provider.oci import silent
from provider.oci.image import MANIFEST_TYPE, Blob, Image, ImageSpec, assemble

CHUNK = 1 << 20
TIMEOUT = httpx.Timeout(30, write=120)
READ_S = 30
"""For the whole of a manifest or blob that is read here: one that comes byte by byte is cut off."""

FIX = "see the registry's log; a full disk and a read-only registry are the common causes"
FIXES = {
    401: "log in again; the registries of clouds give tokens of some hours",
    403: "let this login push to the repository",
}


class RegistryError(RuntimeError):
    """The registry refused, or does not answer; the text says which request, the answer and the fix."""


Login = tuple[str, str]
"""User and password."""


def is_loopback(host: str) -> bool:
    """Whether `host[:port]` is this machine: plain HTTP there alone, as docker and containerd do."""
    name = host.rsplit(":", 1)[0].strip("[]")
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


class Registry:
    """A session with the registry at `host[:port][/path]`; use as a context manager."""

    def __init__(self, address: str, login: Login | None = None):
        self.name = address
        host, slash, path = address.partition("/")
        self._under = path + slash
        local = is_loopback(host)
        self.client = httpx.Client(
            base_url=f"{'http' if local else 'https'}://{host}",
            auth=login,
            timeout=TIMEOUT,
            # A proxy of the environment cannot reach this machine's loopback.
            trust_env=not local,
            # One that trusts nobody: loopback has no TLS, and to load the authorities takes 0.1 s.
            verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if local else True,
            follow_redirects=True,
        )

    def __enter__(self) -> "Registry":
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def has(self, repository: str, digest: str) -> bool:
        """Whether the manifest is there; a registry that does not answer raises RegistryError."""
        path = f"/v2/{self._under}{repository}/manifests/{digest}"
        answer = self._send("HEAD", path, expect=(200, 404), accept=MANIFEST_TYPE)
        return answer.status_code == 200

    def push(self, image: Image, repository: str, report: Report) -> None:
        """Upload what is missing, then the manifest: a reader never sees an image in part.

        The manifest gets a tag, made of its content: registries clean up what no tag names.
        """
        repository = self._under + repository
        for layer in image.layers:
            self._upload(repository, layer.digest, layer.size, layer.blob, report)
        self._upload(repository, image.config.digest, len(image.config.data), image.config, report)
        tagged = f"/v2/{repository}/manifests/{tag(image.manifest.digest)}"
        if self._send("HEAD", tagged, expect=(200, 404), accept=MANIFEST_TYPE).status_code == 200:
            return  # where tags are immutable, a second push of the same is refused
        self._name(tagged, image.manifest)

    def push_blobs(self, blobs: Sequence[Blob], manifest: Blob, repository: str, name: str) -> None:
        """Upload what is missing of `blobs`, then their manifest under the tag `name`, which moves to it."""
        repository = self._under + repository
        for blob in blobs:
            self._upload(repository, blob.digest, len(blob.data), blob, silent)
        self._name(f"/v2/{repository}/manifests/{name}", manifest)

    def read(self, repository: str, kind: Literal["manifests", "blobs"], name: str, limit: int) -> bytes | None:
        """The bytes that the registry has under a tag or digest, not compared with it; None where there are none.

        RegistryError where they are more than `limit`, or take longer than READ_S.
        """
        url = f"/v2/{self._under}{repository}/{kind}/{name}"
        # As they are, since a few bytes may unpack to gigabytes.
        headers = {"Accept": MANIFEST_TYPE if kind == "manifests" else "*/*", "Accept-Encoding": "identity"}
        held, end = bytearray(), time.monotonic() + READ_S
        try:
            with self.client.stream("GET", url, headers=headers) as answer:
                if answer.status_code == 404:
                    return None
                if answer.status_code != 200:
                    self._refuse(answer, "")
                for piece in answer.iter_raw():
                    held += piece
                    if len(held) > limit:
                        raise self._endless(url, f"more than {limit} bytes")
                    if time.monotonic() > end:
                        raise self._endless(url, f"no end after {READ_S} s")
        except httpx.RequestError as error:  # one that only sends elsewhere and back does not answer either
            raise self._silent(error) from error
        return bytes(held)

    def _name(self, url: str, manifest: Blob) -> None:
        self._send("PUT", url, expect=(201,), content=manifest.data, headers={"Content-Type": manifest.media_type})

    def _upload(self, repository: str, digest: str, size: int, source: Path | Blob, report: Report) -> None:
        if self._send("HEAD", f"/v2/{repository}/blobs/{digest}", expect=(200, 404)).status_code == 200:
            return
        report(f"pushing {size / 1e6:.1f} MB to {self.name}")
        upload = self._send("POST", f"/v2/{repository}/blobs/uploads/", expect=(202,)).headers["location"]
        self._send(
            "PUT",
            str(httpx.URL(upload).copy_merge_params({"digest": digest})),
            expect=(201,),
            content=source.data if isinstance(source, Blob) else _chunks(source),
            headers={"Content-Type": "application/octet-stream", "Content-Length": str(size)},
        )

    def _send(
        self,
        method: str,
        url: str,
        *,
        expect: tuple[int, ...],
        accept: str = "*/*",
        content: bytes | Iterator[bytes] | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        try:
            answer = self.client.request(method, url, content=content, headers={"Accept": accept, **(headers or {})})
        except httpx.TransportError as error:
            raise self._silent(error) from error
        if answer.status_code not in expect:
            self._refuse(answer, answer.text)
        return answer

    def _silent(self, error: httpx.RequestError) -> RegistryError:
        return RegistryError(
            f"{self.name}: no registry answers there ({error}). To fix: run `make up`, which starts the node's own "
            "again, or set `registry` in the stack's file to one that runs."
        )

    def _endless(self, url: str, what: str) -> RegistryError:
        return RegistryError(
            f"{self.name}: GET {url} has {what}. To fix: look at what is there, since nothing of ours is as large."
        )

    def _refuse(self, answer: httpx.Response, text: str) -> NoReturn:
        raise RegistryError(
            f"{self.name}: {answer.request.method} {answer.url.path} was answered {answer.status_code} {text[:300]!r}. "
            f"To fix: {FIXES.get(answer.status_code, FIX)}."
        )


def tag(digest: str) -> str:
    """Fixed by the content, so that no tag ever moves: sha256:ab12... is content-ab12..., cut to 16 digits."""
    return f"content-{digest.rpartition(':')[2][:16]}"


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def push(
    spec: ImageSpec,
    roots: Sequence[Path],
    registry: str,
    repository: str,
    report: Report = silent,
    login: Login | None = None,
) -> tuple[str, int]:
    """Push the image of the layers `roots` to `registry`; returns its digest and compressed size in bytes."""
    image = assemble(spec, roots, report)
    with Registry(registry, login) as session:
        session.push(image, repository, report)
    return image.manifest.digest, image.size
