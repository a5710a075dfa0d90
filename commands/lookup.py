"""One question to a provider's plugin, asked without an engine: what does the cloud have?"""

import contextlib
import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import struct_pb2
from google.protobuf.json_format import MessageToDict

from airgap.errors import SetupError
from commands.engine import environment
from provider.protocol.messages import engine_pb2_grpc, provider_pb2, provider_pb2_grpc

TIMEOUT_S = 120


def ask(
    stack: str, package: str, config: Mapping[str, Any], token: str, arguments: Mapping[str, Any]
) -> dict[str, Any]:
    """The answer of the provider's function `token`; `config` is the provider's inputs, as the state has them.

    SetupError with the cloud's words where it refuses.
    """
    with _running(stack, package) as stub:
        own = {key: value for key, value in config.items() if not key.startswith("__") and key != "version"}
        try:
            stub.Configure(provider_pb2.ConfigureRequest(args=_struct(own), acceptSecrets=True), timeout=TIMEOUT_S)
            request = provider_pb2.InvokeRequest(tok=token, args=_struct(arguments))
            answer = stub.Invoke(request, timeout=TIMEOUT_S)
        except grpc.RpcError as error:
            said = error.details()  # pyright: ignore[reportAttributeAccessIssue]  gRPC's own are calls too
            raise SetupError(f"{token}: {said} To fix: repair what it names, then run `make recover`.") from None
    if answer.failures:
        raise SetupError(f"{token}: {answer.failures[0].reason} To fix: this is a fault of `make recover`; report it.")
    return MessageToDict(getattr(answer, "return"))


@contextlib.contextmanager
def _running(stack: str, package: str) -> Iterator[provider_pb2_grpc.ResourceProviderStub]:
    """The plugin that the engine would start, with somebody who listens to its log."""
    env = environment(stack)
    home = Path(env["PULUMI_HOME"])
    engine = grpc.server(ThreadPoolExecutor(2))
    engine_pb2_grpc.add_EngineServicer_to_server(engine_pb2_grpc.EngineServicer(), engine)
    address = f"127.0.0.1:{engine.add_insecure_port('127.0.0.1:0')}"
    engine.start()
    process = subprocess.Popen([_program(home, package), address], env=env, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        port = process.stdout.readline().strip()
        if not port.isdigit():
            raise SetupError(f"the plugin of {package} did not start. To fix: run `pulumi plugin ls` and repair it.")
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield provider_pb2_grpc.ResourceProviderStub(channel)
    finally:
        process.terminate()
        process.wait()
        engine.stop(None)


def _program(home: Path, package: str) -> Path:
    folder = home / "plugins"
    found = max(folder.glob(f"resource-{package}-v*/pulumi-resource-{package}"), default=None)
    if found is None:
        raise SetupError(f"{folder}: no plugin for {package}. To fix: run `pulumi plugin install resource {package}`.")
    return found


def _struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update(dict(values))
    return made
