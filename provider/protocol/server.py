"""Runs a plugin as the engine expects: the port on stdout, gone at SIGINT, gone with its parent."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import grpc

from provider.protocol.depth import allow_deep_messages
from provider.protocol.messages import provider_pb2_grpc
from provider.protocol.plugin import Plugin
from provider.protocol.servicer import Servicer

LARGEST_MESSAGE = 400 << 20  # bytes; the engine's own limit
THREADS = 256
"""Calls at once. A waiting resource holds one, and `pulumi up --parallel` bounds how many wait."""

PARENT_POLL_S = 0.5


def serve(plugin: Plugin, arguments: list[str] | None = None) -> None:
    """Serves until the engine ends it. `arguments`: the command line; its first plain word is the engine's address."""
    arguments = sys.argv[1:] if arguments is None else arguments

    def close() -> None:
        plugin.stopping.set()
        plugin.close()

    def register(server: grpc.Server) -> None:
        if address := next((word for word in arguments if not word.startswith("-")), None):
            plugin.log.connect(address)
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(plugin), server)

    host(register, close)


def host(register: Callable[[grpc.Server], None], close: Callable[[], None] = lambda: None) -> None:
    """Runs any of the engine's plugins: `register` adds its service, `close` is called before the process ends.

    A launcher must exec this process: the parent that is watched has to be the engine itself, or end with it.
    """
    allow_deep_messages()
    parent = os.getppid()
    done = threading.Lock()

    def leave(*_: object) -> None:
        # The engine gives a plugin 5 s between SIGINT and SIGKILL; gRPC's own shutdown may take all of them.
        if done.acquire(blocking=False):
            close()
            os._exit(0)

    def watch() -> None:
        # A killed engine leaves its plugins running, and applying.
        while os.getppid() == parent:
            time.sleep(PARENT_POLL_S)
        leave()

    signal.signal(signal.SIGINT, leave)
    signal.signal(signal.SIGTERM, leave)
    threading.Thread(target=watch, daemon=True).start()

    limits = [("grpc.max_receive_message_length", LARGEST_MESSAGE), ("grpc.max_send_message_length", LARGEST_MESSAGE)]
    server = grpc.server(ThreadPoolExecutor(THREADS), options=limits)
    register(server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    server.wait_for_termination()
