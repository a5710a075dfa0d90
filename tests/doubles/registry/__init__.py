"""The image registries of both clouds, for the clients of one rehearsal: one daemon, behind a proxy on loopback."""

import contextlib
import http.client
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
from filelock import FileLock

from airgap import debian
from airgap.artifacts import Report
from airgap.paths import CHECKOUT

STORE = "docker-registry"
"""Debian's package, and its program: where the images are."""
RECORD = "daemon.json"
"""Process and port of the daemon. It stays, so that the next one has the same port."""
END_S = 10

Record = dict[str, int]


@dataclass(frozen=True)
class Facts:
    """What a client has to be told."""

    proxy: str
    authority: Path
    """Certificate of who signs for the registries' names."""

    @property
    def environment(self) -> dict[str, str]:
        """Of a process that is to find the registries here, and what else this machine has as it did before."""
        local = "localhost,127.0.0.1,::1"
        # httpx prefers the small letters, and somebody's shell may have set them.
        proxies = {"https_proxy": self.proxy, "no_proxy": local, "HTTPS_PROXY": self.proxy, "NO_PROXY": local}
        return {**proxies, "SSL_CERT_FILE": str(self.authority)}


def ensure(place: Path, report: Report = print) -> Facts:
    """Starts the daemon of the rehearsal in `place` where none runs; returns once it answers."""
    folder = folder_of(place)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)  # it holds the authority's key
    debian.programs([STORE], report)
    with FileLock(folder / "lock"):
        if not _answers(place):
            _end(place)
            _start(place)
        return Facts(f"http://127.0.0.1:{recorded(place)['port']}", folder / "ca.crt")


def stop(place: Path) -> None:
    """Ends the daemon, and with it the store; the images stay."""
    folder = folder_of(place)
    if folder.exists():
        with FileLock(folder / "lock"):
            _end(place)


def folder_of(place: Path) -> Path:
    return place.resolve() / "registry"


def recorded(place: Path) -> Record:
    """Of the daemon that ran last, if any did."""
    try:
        return json.loads((folder_of(place) / RECORD).read_text())
    except FileNotFoundError:
        return {}


def daemon(place: Path) -> psutil.Process | None:
    """The daemon of this rehearsal; a process that merely got its number is none."""
    with contextlib.suppress(psutil.NoSuchProcess, KeyError):
        process = psutil.Process(recorded(place)["pid"])
        if process.cmdline() == _command(place):
            return process
    return None


def _command(place: Path) -> list[str]:
    return [sys.executable, "-m", __name__, str(place.resolve())]


def _start(place: Path) -> None:
    file = folder_of(place) / "daemon.log"
    with file.open("wb") as log:
        # It closes stdout as it begins to answer, or as it fails.
        subprocess.run(
            ["setsid", "--fork", *_command(place)],
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            check=True,
        )
    if not _answers(place):
        raise RuntimeError(
            f"the registries of the rehearsal did not start: {file} ends with\n{file.read_text()[-2000:]}"
        )


def _answers(place: Path) -> bool:
    if daemon(place) is None:
        return False
    connection = http.client.HTTPConnection("127.0.0.1", recorded(place)["port"], timeout=5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == http.HTTPStatus.FORBIDDEN
    except OSError:
        return False
    finally:
        connection.close()


def _end(place: Path) -> None:
    late = time.monotonic() + END_S
    if found := daemon(place):
        found.terminate()
        while daemon(place):
            if time.monotonic() > late:
                found.kill()
            time.sleep(0.02)
