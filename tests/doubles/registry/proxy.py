"""The proxy of the rehearsal: a way to its registries, and to nothing else."""

import asyncio
import contextlib
import time
from asyncio import StreamReader, StreamWriter

import h11

from tests.doubles.registry.clouds import Registries

PIECE = 1 << 16
ASK_S = 30
"""For a client to say where it wants to go."""


class Proxy:
    """CONNECT to a registry leads to a port of this machine, where TLS ends."""

    def __init__(self, registries: Registries, inside: int):
        self._registries, self._inside = registries, inside
        self._open, self._last = 0, time.monotonic()

    async def idle(self, seconds: float) -> None:
        """Returns once nobody was connected for so long."""
        while (left := self._last + seconds - time.monotonic()) > 0 or self._open:
            await asyncio.sleep(max(left, seconds / 10))

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        """One connection, from its first byte to its last."""
        self._open += 1
        try:
            with contextlib.suppress(OSError, h11.RemoteProtocolError, TimeoutError):
                await self._serve(reader, writer)
        finally:
            writer.close()
            self._open, self._last = self._open - 1, time.monotonic()

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        connection = h11.Connection(h11.SERVER)
        request = await asyncio.wait_for(_request(connection, reader), ASK_S)
        if request is None:
            return
        target = request.target.decode()
        host, _, port = target.partition(":")
        if request.method != b"CONNECT" or port != "443" or self._registries.at(host) is None:
            writer.write(_refusal(connection, f"the rehearsal has no way out to {target}"))
            await writer.drain()
            return
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._inside)
        writer.write(connection.send(h11.Response(status_code=200, headers=[])) or b"")
        inner_writer.write(connection.trailing_data[0])
        await asyncio.gather(_pour(reader, inner_writer), _pour(inner_reader, writer))


async def _request(connection: h11.Connection, reader: StreamReader) -> h11.Request | None:
    while (event := connection.next_event()) is h11.NEED_DATA:
        connection.receive_data(await reader.read(PIECE))
    return event if isinstance(event, h11.Request) else None


def _refusal(connection: h11.Connection, why: str) -> bytes:
    text = why.encode()
    headers = [("Content-Type", "text/plain"), ("Content-Length", str(len(text))), ("Connection", "close")]
    # Clients show the reason of a refused CONNECT and no body.
    events = (h11.Response(status_code=403, headers=headers, reason=text), h11.Data(data=text), h11.EndOfMessage())
    return b"".join(connection.send(event) or b"" for event in events)


async def _pour(reader: StreamReader, writer: StreamWriter) -> None:
    """Until one side ends; then the other one does."""
    try:
        while piece := await reader.read(PIECE):
            writer.write(piece)
            await writer.drain()
    finally:
        writer.close()
