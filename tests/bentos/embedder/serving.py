"""A server process on loopback, and a client that sees only HTTP."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

BENTO = Path(__file__).resolve().parents[3] / "bentos" / "embedder"
OWN = [sys.executable, "server.py"]
BENTOML = [sys.executable, "-m", "bentoml", "serve", "service:Embedder", "--port"]
START_S = 60
"""Until the first answer; far above what it takes, so that a busy machine fails no test about something else."""


@dataclass(frozen=True)
class Service:
    """Where a service answers."""

    url: str

    def encode(self, texts: list[str]) -> list[list[float]]:
        answer = httpx.post(f"{self.url}/encode", json={"texts": texts}, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def metrics(self) -> dict[str, float]:
        lines = httpx.get(f"{self.url}/metrics", timeout=30).text.splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return {name: float(value) for name, value in pairs}


MAX_BODY = 4_100_000
"""Not the service's own number."""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@contextlib.contextmanager
def process(command: list[str], log: Path) -> Iterator[tuple[subprocess.Popen, Service]]:
    """`command` with a port appended, from start to SIGTERM; its environment is what a stack says, and nothing of ours."""
    port = free_port()
    env = {"PATH": os.defpath, "HOME": str(log.parent), "HOSTNAME": "embedder-7c9f-x2", "MAX_BODY_BYTES": str(MAX_BODY)}
    env |= {"BENTOML_DO_NOT_TRACK": "true", "BENTOML_HOME": str(log.parent / "bentoml")}
    with log.open("w") as out:
        running = subprocess.Popen([*command, str(port)], cwd=BENTO, env=env, stdout=out, stderr=subprocess.STDOUT)
    try:
        yield running, Service(f"http://127.0.0.1:{port}")
    finally:
        running.terminate()
        try:
            running.wait(timeout=30)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


def wait_ready(running: subprocess.Popen, service: Service, log: Path) -> None:
    """Until /readyz answers 200; quotes the log of a process that ended instead."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        assert running.poll() is None, f"ended with {running.returncode}: {log.read_text()[-2000:]}"
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{service.url}/readyz", timeout=5).status_code == 200:
                return
        time.sleep(0.1)
    raise AssertionError(f"not ready within {START_S} s: {log.read_text()[-2000:]}")
