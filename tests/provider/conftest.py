"""A folder to make images of, and a real registry to push them to."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from airgap import debian

CONFIG = """\
version: 0.1
log: {{level: warn}}
storage: {{filesystem: {{rootdirectory: "{folder}"}}, delete: {{enabled: true}}}}
http: {{addr: "127.0.0.1:{port}"}}
"""


def a_root(folder: Path, text: str = "hello") -> Path:
    """A layer's folder with one of each thing that a layer may hold."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "tool").write_text("#!/bin/sh\n")
    (folder / "bin" / "tool").chmod(0o755)
    (folder / "bin" / "alias").symlink_to("tool")
    (folder / "etc").mkdir()
    (folder / "etc" / "greeting").write_text(text)
    (folder / "tmp").mkdir()
    (folder / "tmp").chmod(0o1777)
    return folder


LOGIN = ("pusher", "a test password")
HTPASSWD = "pusher:$2b$04$abcdefghijklmnopqrstuuR.nKgIoNsIuZJrrn88Df5sT0cAthtF.\n"
"""The same, by bcrypt."""


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`127.0.0.1:<port>` of Debian's docker-registry."""
    with running(tmp_path_factory.mktemp("registry"), 200) as address:
        yield address


@pytest.fixture(scope="session")
def closed_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same program, for who has LOGIN."""
    folder = tmp_path_factory.mktemp("closed-registry")
    (folder / "htpasswd").write_text(HTPASSWD)
    with running(folder, 401, f"auth: {{htpasswd: {{realm: tests, path: {folder}/htpasswd}}}}\n") as address:
        yield address


@contextmanager
def running(folder: Path, greeting: int, more: str = "") -> Iterator[str]:
    """A registry that keeps its data in `folder`; it is up once it answers `greeting`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "config.yml").write_text(CONFIG.format(folder=folder / "data", port=port) + more)
    program = debian.programs(["docker-registry"], print) / "bin" / "docker-registry"
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([program, "serve", folder / "config.yml"], stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 20
        while not _answers(port, greeting):
            assert time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.05)
        yield f"127.0.0.1:{port}"
    finally:
        os.kill(process.pid, signal.SIGTERM)
        process.wait(10)


def _answers(port: int, greeting: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/v2/", trust_env=False).status_code == greeting
    except httpx.TransportError:
        return False
