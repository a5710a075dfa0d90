"""The official engine and Kubernetes plugin, where their download site can be reached; never taken unchecked."""

import hashlib
import re
import tarfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from airgap.artifacts import Report, ensure, find, key_of

PROBE_S = 3
"""A closed network mostly drops packets: longer would be felt, shorter would fail on a slow line."""

HEARTBEAT_S = 10


@dataclass(frozen=True, kw_only=True)
class Release:
    """A tar.gz and the list of sums that is published with it."""

    name: str
    archive: str
    checksums: str


def cli(version: str, site: str = "https://get.pulumi.com/releases/sdk") -> Release:
    """The Pulumi CLI with its language hosts."""
    return Release(
        name="pulumi-cli",
        archive=f"{site}/pulumi-v{version}-linux-x64.tar.gz",
        checksums=f"{site}/pulumi-{version}-checksums.txt",
    )


def kubernetes_plugin(
    version: str, site: str = "https://github.com/pulumi/pulumi-kubernetes/releases/download"
) -> Release:
    """pulumi-resource-kubernetes."""
    return Release(
        name="pulumi-kubernetes",
        archive=f"{site}/v{version}/pulumi-resource-kubernetes-v{version}-linux-amd64.tar.gz",
        checksums=f"{site}/v{version}/pulumi-kubernetes_{version}_checksums.txt",
    )


class UnavailableError(Exception):
    """Why an official release is not taken, in a few words."""


def fetch(release: Release, report: Report, probe: bool = True) -> Path | None:
    """The folder with the unpacked release; None, and one line that says why, where it cannot be had.

    Without `probe` only what is in the cache is taken.
    """
    key = key_of(release.archive)
    if (found := find(release.name, key)) or not probe:
        return found
    try:
        expected = _published_sum(release)
        return ensure(release.name, key, lambda out: _download(release, expected, out, report), report)
    except UnavailableError as reason:
        report(f"{release.name}: no official download ({reason}), using our own build")
        return None


def _published_sum(release: Release) -> str:
    try:
        answer = httpx.get(release.checksums, timeout=PROBE_S, follow_redirects=True).raise_for_status()
    except httpx.HTTPError as error:
        raise UnavailableError(_brief(error, release.checksums)) from error
    name = re.escape(release.archive.rpartition("/")[2])
    line = re.search(rf"^([0-9a-f]{{64}})\s+\*?(?:\./)?{name}$", answer.text, re.MULTILINE)
    if not line:
        raise UnavailableError(f"{release.checksums} does not name the archive")
    return line[1]


def _download(release: Release, expected: str, out: Path, report: Report) -> None:
    packed = out / "release.tar.gz"
    got = _stream(release, packed, lambda line: report(f"{release.name}: {line}"))
    if got != expected:
        raise UnavailableError(f"{release.archive} has sha256 {got}, its checksum file says {expected}")
    with tarfile.open(packed) as tar:
        for member in tar:
            # Flat, and files only: the archives hold programs, in one folder or none.
            if member.isfile() and (source := tar.extractfile(member)):
                target = out / Path(member.name).name
                target.write_bytes(source.read())
                target.chmod(0o755)
    packed.unlink()


def _stream(release: Release, out: Path, report: Callable[[str], None]) -> str:
    digest, length, spoken = hashlib.sha256(), 0, time.monotonic()
    try:
        with (
            httpx.stream("GET", release.archive, timeout=30, follow_redirects=True) as answer,
            out.open("wb") as file,
        ):
            answer.raise_for_status()
            for chunk in answer.iter_raw():
                digest.update(chunk)
                length += len(chunk)
                file.write(chunk)
                if time.monotonic() - spoken > HEARTBEAT_S:
                    spoken = time.monotonic()
                    report(f"{length / 1e6:.0f} MB fetched")
    except httpx.HTTPError as error:
        raise UnavailableError(_brief(error, release.archive)) from error
    return digest.hexdigest()


def _brief(error: httpx.HTTPError, url: str) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"{url} answered {error.response.status_code}"
    return f"{url} cannot be reached: {type(error).__name__}"
