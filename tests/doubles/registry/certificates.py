"""The registries' certificates, each made when its name is first asked for."""

import functools
import ssl
from pathlib import Path

from tests.doubles.registry.clouds import Registries
from tests.support.pki import Authority

DAYS = 3650
"""Nothing outlives the rehearsal's folder, and nothing in it is to end before."""


class Certificates:
    """A TLS context that answers to every registry's name and to no other."""

    def __init__(self, folder: Path, registries: Registries):
        self._registries = registries
        self._authority = Authority(folder, DAYS)
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.sni_callback = self._choose
        self._of = functools.cache(self._made)

    def _choose(self, connection: ssl.SSLObject, host: str | None, _: ssl.SSLContext) -> int | None:
        if host is None or self._registries.at(host) is None:
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        connection.context = self._of(host)
        return None

    def _made(self, host: str) -> ssl.SSLContext:
        self._authority.issue(host, host, hosts=[host])
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self._authority.folder / f"{host}.crt", self._authority.folder / f"{host}.key")
        return context
