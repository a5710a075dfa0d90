"""The Debian archive: the host's own configured mirror, checksums on every file, signatures on every index."""

import functools
import hashlib
import itertools
import lzma
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from debian.deb822 import Deb822, Packages, Release
from debian.debian_support import Version

from airgap.debian.lock import ARCHITECTURE, Package
from airgap.errors import SetupError

MULTIARCH = "x86_64-linux-gnu"
DEFAULTS = {"debian": "http://deb.debian.org/debian", "debian-security": "http://deb.debian.org/debian-security"}
"""Plain http as Debian's own default: what is fetched is checked against pinned or signed sums."""

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
CODENAMES = "bullseye|bookworm|trixie|forky|sid|oldstable|stable|testing|unstable"
ATTEMPTS = 3

_SUITE = re.compile(rf"(?:{CODENAMES})(-security|-updates|/updates)?")
_ONE_LINE = re.compile(r"^deb\s+(?:\[[^]]*\]\s+)?(\S+)\s+(\S+)\s+(.+)$", re.MULTILINE)


class GoneError(Exception):
    """The archive no longer has this file."""


class FetchError(Exception):
    """An address gave no answer, or one of an error; with its HTTP status where there is one."""

    def __init__(self, words: str, status: int | None = None):
        super().__init__(words)
        self.status = status


@functools.cache
def bases() -> dict[str, str]:
    """Address of each archive, as apt's sources say; Debian's default where they say nothing of it."""
    return DEFAULTS | sources(Path(os.environ.get("TRADEWIND_APT", "/etc/apt")))


def sources(etc: Path) -> dict[str, str]:
    """The first Debian main and security address in apt's folder of settings. Others' repositories do not count."""
    found: dict[str, str] = {}
    for uri, suite, components in _entries(etc):
        match = _SUITE.fullmatch(suite)
        if match and "main" in components and uri.startswith(("http://", "https://")):
            security = match[1] in ("-security", "/updates")
            found.setdefault("debian-security" if security else "debian", uri.rstrip("/"))
    return found


def _entries(etc: Path) -> Iterator[tuple[str, str, list[str]]]:
    for path in [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*.list"))]:
        for uri, suite, components in _ONE_LINE.findall(path.read_text() if path.is_file() else ""):
            yield uri, suite, components.split()
    for path in sorted((etc / "sources.list.d").glob("*.sources")):
        for entry in Deb822.iter_paragraphs(path.read_text()):
            if entry.get("Enabled", "yes") == "no" or "deb" not in entry.get("Types", "").split():
                continue
            for uri in entry.get("URIs", "").split():
                for suite in entry.get("Suites", "").split():
                    yield uri, suite, entry.get("Components", "").split()


def download(archive: str, filename: str, size: int, sha256: str, out: Path) -> None:
    """Fetch one file and check it; GoneError where the archive has it no more."""
    url = f"{bases()[archive]}/{filename}"
    digest, length = _stream_with_retries(url, out)
    if (digest, length) != (sha256, size):
        out.unlink()
        raise SetupError(
            f"{url}: sha256 must be {sha256} ({size} bytes), got {digest} ({length} bytes). "
            "To fix: point apt's sources at an archive that serves Debian's own files."
        )


def _stream_with_retries(url: str, out: Path) -> tuple[str, int]:
    for attempt in itertools.count(1):
        try:
            return _stream(url, out)
        except FetchError as error:
            if error.status in (403, 404, 410):
                raise GoneError(url) from error
            if attempt == ATTEMPTS:
                raise SetupError(
                    f"{url}: {error}. To fix: make the archive that apt uses reachable "
                    "(/etc/apt/sources.list.d), then run again; what was fetched is kept."
                ) from error
            time.sleep(2**attempt)
    raise AssertionError("the loop ends by return or raise")


def _stream(url: str, out: Path) -> tuple[str, int]:
    import httpx  # every preview imports this module to tell what an image is made of, and hardly any downloads

    digest, length = hashlib.sha256(), 0
    try:
        with httpx.stream("GET", url, timeout=30, follow_redirects=True) as answer, out.open("wb") as file:
            answer.raise_for_status()
            # Raw: a mirror that marks a .deb as gzip-encoded would otherwise spoil it.
            for chunk in answer.iter_raw():
                digest.update(chunk)
                length += len(chunk)
                file.write(chunk)
    except httpx.HTTPStatusError as error:
        raise FetchError(str(error), error.response.status_code) from error
    except httpx.HTTPError as error:
        raise FetchError(f"{type(error).__name__} {error}") from error
    return digest.hexdigest(), length


@functools.cache
def newest(suite: str, name: str) -> Package:
    """The newest version of one package that the suite, its updates and its security archive name."""
    return max(candidates(suite, [name])[name], key=lambda package: Version(package.version))


def candidates(suite: str, names: Iterable[str] | None = None) -> dict[str, list[Package]]:
    """All versions by package name, of `names` only where given; each index is checked against a signed Release."""
    found: dict[str, list[Package]] = {name: [] for name in names or ()}
    places = [("debian", suite), ("debian", f"{suite}-updates"), ("debian-security", f"{suite}-security")]
    for archive, part in places:
        for text in _index(archive, part).split("\n\n"):
            # Only what is asked for is parsed: a whole index takes several seconds.
            if names is None or text.partition("\n")[0].removeprefix("Package: ") in found:
                for entry in Packages.iter_paragraphs(text, use_apt_pkg=False):
                    found.setdefault(entry["Package"], []).append(Package.of(archive, entry))
    for name, versions in found.items():
        if not versions:
            raise SetupError(f"airgap/debian.lock: {name} is not in {suite}. To fix: name another package.")
    return found


def _index(archive: str, suite: str) -> str:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        url = f"{bases()[archive]}/dists/{suite}/InRelease"
        release = Release(_signed_text(url, folder))
        path = f"main/binary-{ARCHITECTURE}/Packages.xz"
        [entry] = [file for file in release["SHA256"] if file["name"] == path]
        # by-hash: the index and its Release stay a pair even while the mirror is updated.
        location = f"dists/{suite}/{path.rpartition('/')[0]}/by-hash/SHA256/{entry['sha256']}"
        download(archive, location, int(entry["size"]), entry["sha256"], folder / "Packages.xz")
        return lzma.decompress((folder / "Packages.xz").read_bytes()).decode()


def _signed_text(url: str, folder: Path) -> str:
    """What Debian signed at this address. Inline signatures only: a mirror may serve Release and .gpg of two days."""
    if not shutil.which("gpgv") or not KEYRING.is_file():
        raise SetupError(f"{url}: cannot check its signature. To fix: apt-get install gpgv debian-archive-keyring.")
    try:
        _stream(url, folder / "InRelease")
    except FetchError as error:
        raise SetupError(f"{url}: {error}. To fix: make the archive that apt uses reachable, run again.") from error
    check = ["gpgv", "--keyring", str(KEYRING), "--output", str(folder / "Release"), str(folder / "InRelease")]
    run = subprocess.run(check, capture_output=True, text=True)
    if run.returncode:
        reason = (run.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise SetupError(f"{url}: bad signature: {reason}. To fix: use an archive that Debian signed.")
    return (folder / "Release").read_text()
