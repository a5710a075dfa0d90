"""An API server for external metrics whose values are fed by hand, as an adapter's are by Prometheus.

`python -m bench.external_metrics PORT PKI VALUES` serves until it is ended. The metric `load-7` is the eighth value.
"""

import datetime
import json
import mmap
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from gevent import pywsgi, ssl

GROUP, VERSION = "external.metrics.k8s.io", "v1beta1"
PATH = f"/apis/{GROUP}/{VERSION}"


class Values:
    """Metrics of one moment and how often each was asked for, in a file that several processes map."""

    def __init__(self, file: Path, count: int | None = None):
        """Made anew with so many, all 0; None: as it is."""
        if count is not None:
            file.write_bytes(bytes(16 * count))
        with file.open("r+b") as opened:
            self._map = memoryview(mmap.mmap(opened.fileno(), 0)).cast("d")
        self._half = len(self._map) // 2

    def __len__(self) -> int:
        return self._half

    def feed(self, values: Mapping[int, float]) -> None:
        for index, value in values.items():
            self._map[index] = value

    def ask(self, index: int) -> float:
        self._map[self._half + index] += 1
        return self._map[index]

    @property
    def asked(self) -> float:
        """Of all of them together."""
        return sum(self._map[self._half :])


def answer(values: Values, path: str) -> dict[str, object] | None:
    """What is at this path; None: nothing."""
    if path == PATH:
        return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": f"{GROUP}/{VERSION}", "resources": []}
    name = path.rpartition("/")[2]
    number = name.removeprefix("load-")
    if not path.startswith(f"{PATH}/namespaces/") or not number.isdecimal() or int(number) >= len(values):
        return None
    found = {
        "metricName": name,
        "metricLabels": {},
        "timestamp": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "value": f"{values.ask(int(number)) * 1000:.0f}m",
    }
    return {"kind": "ExternalMetricValueList", "apiVersion": f"{GROUP}/{VERSION}", "metadata": {}, "items": [found]}


def serve(port: int, pki: Path, values: Values) -> None:
    """On loopback, to the API server's front proxy alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(pki / "front-proxy" / "ca.crt")
    context.load_cert_chain(pki / "metrics.crt", pki / "metrics.key")

    def application(environ: dict[str, str], start: Callable[[str, list[tuple[str, str]]], object]) -> list[bytes]:
        found = answer(values, environ["PATH_INFO"])
        start("200 OK" if found else "404 Not Found", [("Content-Type", "application/json")])
        return [json.dumps(found or {}).encode()]

    pywsgi.WSGIServer(("127.0.0.1", port), application, log=None, ssl_context=context).serve_forever()


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]), Values(Path(sys.argv[3])))
