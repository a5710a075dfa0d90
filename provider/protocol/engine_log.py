"""Progress and diagnostics, as the engine shows them beside a resource."""

import contextlib

import grpc

from provider.protocol.messages import engine_pb2, engine_pb2_grpc
from provider.protocol.secrecy import Secrecy

_SEVERITY = {
    "info": engine_pb2.INFO,
    "warning": engine_pb2.WARNING,
    "error": engine_pb2.ERROR,
}


class EngineLog:
    """Messages to the person at the terminal, scrubbed of secrets. A lost engine is no error here."""

    def __init__(self, secrecy: Secrecy):
        self._secrecy = secrecy
        self._engine: engine_pb2_grpc.EngineStub | None = None

    def connect(self, address: str) -> None:
        self._engine = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))

    def status(self, urn: str, message: str) -> None:
        """The line next to the resource while it is worked on; the next one takes its place."""
        self._send(urn, message, "info", ephemeral=True)

    def info(self, urn: str, message: str) -> None:
        """Stays in the diagnostics at the end."""
        self._send(urn, message, "info")

    def warning(self, urn: str, message: str) -> None:
        """Stays in the diagnostics at the end."""
        self._send(urn, message, "warning")

    def _send(self, urn: str, message: str, severity: str, *, ephemeral: bool = False) -> None:
        if self._engine is None:
            return
        request = engine_pb2.LogRequest(
            severity=_SEVERITY[severity], message=self._secrecy.scrub(message), urn=urn, ephemeral=ephemeral
        )
        with contextlib.suppress(grpc.RpcError):
            self._engine.Log(request, timeout=5)
