"""Requests to a server that is slow to come, busy, or gone."""

import http.server
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from airgap.kubernetes_provider import connection
from airgap.kubernetes_provider.connection import Connections, Unreachable
from airgap.kubernetes_provider.kubeconfig import Access


@contextmanager
def answering(*statuses: int) -> Iterator[tuple[str, list[str]]]:
    """A server that answers with these statuses in turn, the last one for ever. A status of 0 hangs up."""
    seen: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            seen.append(f"{self.client_address[1]}{self.path}")
            status = statuses[min(len(seen), len(statuses)) - 1]
            if status == 0:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", seen
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def hasty(monkeypatch):
    monkeypatch.setattr(connection, "PAUSE_S", 0.01)


def get(connections: Connections) -> tuple[int, bytes]:
    return connections.send("GET", "/api", None, {}, 5)


def test_one_connection_serves_many_requests():
    with answering(200) as (server, seen):
        connections = Connections(Access(server=server + "/prefix"))
        assert [get(connections) for _ in range(3)] == [(200, b"ok")] * 3
        assert len(set(seen)) == 1 and seen[0].endswith("/prefix/api")


@pytest.mark.parametrize("first", [[0], [503, 429], [0, 0, 503]])
def test_a_server_that_is_busy_or_hangs_up_is_asked_again(first):
    with answering(*first, 200) as (server, seen):
        assert get(Connections(Access(server=server))) == (200, b"ok")
        assert len(seen) == len(first) + 1


def test_a_refusal_is_an_answer():
    with answering(404) as (server, seen):
        assert get(Connections(Access(server=server)))[0] == 404
        assert len(seen) == 1


def test_a_server_that_is_gone_is_named_and_the_others_do_not_wait_in_turn():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        server = f"http://127.0.0.1:{closed.getsockname()[1]}"
    connections = Connections(Access(server=server))
    with pytest.raises(Unreachable, match=rf"cannot reach the cluster at {server}: .*refused\. To fix: "):
        get(connections)
    start = time.monotonic()
    for _ in range(150):
        with pytest.raises(Unreachable):
            get(connections)
    assert time.monotonic() - start < 0.1


def test_an_address_that_is_no_url_is_refused():
    with pytest.raises(ValueError, match=r"server 'one:6443' is no URL\. To fix: "):
        Connections(Access(server="one:6443"))
