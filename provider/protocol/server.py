"""Runs a plugin as the engine expects: the port on stdout, gone at SIGINT, gone with its parent."""

import os
import signal
import sys
import threading
import time
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
    """Serves until the engine ends it. `arguments`: the command line, whose first plain word is the engine's address.

    A launcher must exec this process: the parent that is watched has to be the engine itself.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    allow_deep_messages()
    parent = os.getppid()
    done = threading.Lock()

    def leave(*_: object) -> None:
        # The engine gives a plugin 5 s between SIGINT and SIGKILL; gRPC's own shutdown may take all of them.
        if done.acquire(blocking=False):
            plugin.stopping.set()
            plugin.close()
            os._exit(0)

    def watch() -> None:
        # A killed engine leaves its plugins running, and applying.
        while os.getppid() == parent:
            time.sleep(PARENT_POLL_S)
        leave()

    signal.signal(signal.SIGINT, leave)
    signal.signal(signal.SIGTERM, leave)
    threading.Thread(target=watch, daemon=True).start()

    if address := next((word for word in arguments if not word.startswith("-")), None):
        plugin.log.connect(address)
    limits = [("grpc.max_receive_message_length", LARGEST_MESSAGE), ("grpc.max_send_message_length", LARGEST_MESSAGE)]
    server = grpc.server(ThreadPoolExecutor(THREADS), options=limits)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(plugin), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    server.wait_for_termination()
