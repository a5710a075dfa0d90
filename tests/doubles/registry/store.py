"""Where the images are: Debian's docker-registry, behind a socket that none but the daemon opens."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import yaml
from aiohttp import ClientConnectionError, ClientSession, ClientTimeout, UnixConnector
from yarl import URL

from airgap import debian
from tests.doubles.registry import STORE

SOCKET = "store.sock"
"""In the registry's folder, where the daemon is too."""
READY_S = 30


def url(path: str, query: str = "") -> URL:
    return URL.build(scheme="http", host="store", path=path, query_string=query, encoded=True)


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, ClientSession]]:
    """The process, and a session with it; it ends with this context and with the daemon."""
    settings = {
        "version": "0.1",
        "log": {"level": "warn", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(folder / "images")}},
        "http": {"net": "unix", "addr": SOCKET, "relativeurls": True},
    }
    (folder / "store.yaml").write_text(yaml.safe_dump(settings))
    (folder / SOCKET).unlink(missing_ok=True)
    program = debian.programs([STORE], print) / "root" / "usr" / "bin" / STORE
    # An environment of somebody's own registry would change the settings.
    process = await asyncio.create_subprocess_exec(
        *("setpriv", "--pdeathsig", "KILL", str(program), "serve", "store.yaml"),
        cwd=folder,
        env={},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=sys.stderr.fileno(),
    )
    try:
        async with ClientSession(
            connector=UnixConnector(SOCKET), auto_decompress=False, timeout=ClientTimeout(total=None)
        ) as session:
            await asyncio.wait_for(_answer(process, session), READY_S)
            yield process, session
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def _answer(process: asyncio.subprocess.Process, session: ClientSession) -> None:
    while process.returncode is None:
        try:
            async with session.get(url("/v2/")):
                return
        except ClientConnectionError:
            await asyncio.sleep(0.02)
    raise RuntimeError(f"{STORE} ended with {process.returncode}")
