"""A registry that answers without end, or more than it should, is cut off."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from provider.oci import registry
from provider.oci.registry import RegistryError
from provider.signatures.cosign import MANIFEST_LIMIT, verify
from provider.signatures.keys import public_key
from provider.x509 import new_key

PUBLIC = public_key(new_key())
PIECE = b"x" * 65536


@contextmanager
def answering(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """The reference of an image in a registry that answers so."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}/a@sha256:{'0' * 64}"
    finally:
        server.shutdown()
        server.server_close()


def without_end(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(PIECE)
    except OSError:
        handler.close_connection = True


def a_piece(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(PIECE)))
    handler.end_headers()
    handler.wfile.write(PIECE)


def in_circles(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(307)
    handler.send_header("Location", handler.path)
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def test_an_answer_without_end_is_cut_off():
    with answering(without_end) as image, pytest.raises(RegistryError, match=f"more than {MANIFEST_LIMIT} bytes"):
        verify(image, PUBLIC)


def test_an_answer_that_takes_too_long_is_cut_off(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(registry, "READ_S", -1)
    with answering(a_piece) as image, pytest.raises(RegistryError, match="no end after"):
        verify(image, PUBLIC)


def test_an_answer_that_sends_in_circles_is_no_answer():
    with answering(in_circles) as image, pytest.raises(RegistryError, match="no registry answers there"):
        verify(image, PUBLIC)
