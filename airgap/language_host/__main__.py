"""`pulumi-language-python VERSION EXECUTOR [flags] ENGINE`: print the port, serve until the engine goes."""

import sys
from concurrent.futures import ThreadPoolExecutor

import grpc

from airgap.language_host.processes import exit_with_parent
from airgap.language_host.protocol import services
from airgap.language_host.servicer import LanguageHost

MESSAGE_LIMIT = 400 * 1024 * 1024
"""The engine's own: programs may carry whole files in their arguments."""


def main() -> None:
    version, executor, *engine_args = sys.argv[1:]
    host = LanguageHost(version, executor, engine_args[-1] if engine_args else "")
    exit_with_parent(host.children)
    server = grpc.server(ThreadPoolExecutor(8), options=[("grpc.max_receive_message_length", MESSAGE_LIMIT)])
    services.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    server.wait_for_termination()


main()
