"""`python -m tests.doubles.registry PLACE`: the daemon. It ends by a signal, with its store, or when nobody comes."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Awaitable
from pathlib import Path

from aiohttp import web

from airgap.node.files import write
from tests.doubles.registry import RECORD, daemon, folder_of, recorded, store
from tests.doubles.registry.certificates import Certificates
from tests.doubles.registry.clouds import Registries
from tests.doubles.registry.gate import Gate
from tests.doubles.registry.proxy import Proxy

IDLE_S = 15 * 60


async def serve(place: Path) -> None:
    folder = folder_of(place)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    # The store's socket is named from here: a whole path may have more than the 107 letters that a socket can.
    os.chdir(folder)
    registries = Registries(place)
    async with store.running(folder) as (process, session), contextlib.AsyncExitStack() as ends:
        runner = web.AppRunner(Gate(registries, session).application(), access_log=None, shutdown_timeout=1)
        await runner.setup()
        ends.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=Certificates(folder, registries).context)
        await site.start()
        proxy = Proxy(registries, inside=runner.addresses[0][1])
        server = await _listen(proxy, recorded(place).get("port", 0))
        ends.callback(server.close)
        port = server.sockets[0].getsockname()[1]
        write(folder / RECORD, json.dumps({"pid": os.getpid(), "port": port}))
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # who waits for the end of stdout may go on
        await _first(_asked_to_end(), process.wait(), proxy.idle(IDLE_S))


async def _listen(proxy: Proxy, port: int) -> asyncio.Server:
    try:
        return await asyncio.start_server(proxy.serve, "127.0.0.1", port)
    except OSError:  # somebody else's by now
        return await asyncio.start_server(proxy.serve, "127.0.0.1", 0)


async def _asked_to_end() -> None:
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    await asked.wait()


async def _first(*reasons: Awaitable[object]) -> None:
    tasks = [asyncio.ensure_future(reason) for reason in reasons]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()


def main() -> None:
    [place] = map(Path, sys.argv[1:])
    if running := daemon(place):
        sys.exit(f"the registries of {place} are there already (pid {running.pid}). To fix: use or end those.")
    asyncio.run(serve(place.resolve()))


if __name__ == "__main__":
    main()
