"""HTTP to one API server: kept-alive connections, shared by threads, with retries.

On http.client, because the kubernetes package takes a second to import and every plugin process would pay for it.
"""

import http.client
import queue
import socket
import ssl
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

from airgap.kubernetes_provider.credentials import Credentials
from airgap.kubernetes_provider.kubeconfig import Access

ATTEMPTS = 4
PAUSE_S = 0.5  # times the attempt: an API server that restarts is given 3 s
DOWN_S = 5.0
"""After a failure of all attempts the others fail at once for this long: 150 resources must not wait in turn."""

_BUSY = (429, 503)


class Unreachable(ConnectionError):
    """No answer from the API server."""


class Connections:
    """Sends requests; any thread may."""

    def __init__(self, access: Access):
        self.server = access.server
        url = urlsplit(access.server)
        if url.scheme not in ("https", "http") or not url.hostname:
            raise ValueError(f"the kubeconfig's server {access.server!r} is no URL. To fix: write https://host:port.")
        self._host, self._port, self._prefix = url.hostname, url.port, url.path
        self._access, self._credentials = access, Credentials(access)
        self._idle: queue.SimpleQueue[http.client.HTTPConnection] = queue.SimpleQueue()
        self._tls = url.scheme == "https"
        self._context: ssl.SSLContext | None = None
        self._lock = threading.Lock()
        self._down_until, self._down_because = 0.0, ""

    def send(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str], timeout: float
    ) -> tuple[int, bytes]:
        """(status, body). Every verb used here may be repeated: an apply and a delete do the same twice."""
        if time.monotonic() < self._down_until:
            raise Unreachable(self._down_because)
        problem: Exception | None = None
        for attempt in range(1, ATTEMPTS + 1):
            try:
                status, answer, wait = self._once(method, path, body, headers, timeout)
            except ssl.SSLCertVerificationError as error:
                raise Unreachable(
                    f"the cluster at {self.server} shows a certificate that the kubeconfig's authority did not sign "
                    f"({error.verify_message}). To fix: take the kubeconfig of this cluster."
                ) from None
            except (OSError, http.client.HTTPException) as error:
                problem = error
                self._drain()
                if attempt < ATTEMPTS:
                    time.sleep(PAUSE_S * (attempt - 1))
                continue
            if status == 401 and attempt == 1:
                self._credentials.expire()
                continue
            if status in _BUSY and attempt < ATTEMPTS:
                time.sleep(wait or PAUSE_S * attempt)
                continue
            return status, answer
        self._down_because = (
            f"cannot reach the cluster at {self.server}: {problem}. To fix: start it, or correct the kubeconfig."
        )
        self._down_until = time.monotonic() + DOWN_S
        raise Unreachable(self._down_because)

    def _once(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str], timeout: float
    ) -> tuple[int, bytes, float]:
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            connection = self._open()
        connection.timeout = timeout
        if connection.sock is not None:
            connection.sock.settimeout(timeout)
        try:
            connection.request(method, self._prefix + path, body, {**headers, **self._credentials.headers()})
            response = connection.getresponse()
            answer = response.read()
        except BaseException:
            connection.close()
            raise
        self._idle.put(connection)
        after = response.getheader("Retry-After", "")
        return response.status, answer, min(float(after), 5.0) if after.isdigit() else 0.0

    def _open(self) -> http.client.HTTPConnection:
        if not self._tls:
            return http.client.HTTPConnection(self._host, self._port)
        with self._lock:
            self._context = self._context or self._trust()
        return _Connection(self._host, self._port, context=self._context, server_name=self._access.server_name)

    def _trust(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cadata=self._access.ca)
        if self._access.insecure:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if pair := self._credentials.pair():
            # OpenSSL reads a client certificate only from a file: it lives in a 0700 folder for this one call.
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "client.pem"
                file.write_text("\n".join(pair))
                context.load_cert_chain(file)
        return context

    def _drain(self) -> None:
        """Idle connections to a server that went away are dead too."""
        while True:
            try:
                self._idle.get_nowait().close()
            except queue.Empty:
                return


class _Connection(http.client.HTTPSConnection):
    """HTTPS whose certificate may be checked against another name than the host's."""

    def __init__(self, host: str, port: int | None, *, context: ssl.SSLContext, server_name: str | None):
        super().__init__(host, port, context=context)
        self._trusted, self._server_name = context, server_name or host

    def connect(self) -> None:
        sock = socket.create_connection((self.host, self.port), self.timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = self._trusted.wrap_socket(sock, server_hostname=self._server_name)
