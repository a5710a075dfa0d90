"""A server whose truth is known: it answers at once, and stalls for a second every ten.

Of requests that arrive evenly one in ten meets a stall, and waits for what is left of it. So a share of 0.1 (1 - x)
waits for longer than x seconds, and p99 is 0.90 s. `python -m bench.stalling` prints its port, and serves on loopback.
"""

import asyncio
import time

STALL_S, PERIOD_S = 1.0, 10.0
TRUE_P99_S = STALL_S - 0.01 * PERIOD_S
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"


class Answering(asyncio.Protocol):
    """HTTP/1.1 with kept connections, of small requests that come in one piece."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        assert isinstance(self.transport, asyncio.Transport)
        self.transport.write(ANSWER)


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    while True:
        await asyncio.sleep(PERIOD_S - STALL_S)
        time.sleep(STALL_S)  # on purpose: the whole process stands still


if __name__ == "__main__":
    asyncio.run(serve())
