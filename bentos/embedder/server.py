"""Serve the Bento in one process: `python server.py [PORT]`.

`bentoml serve` loads the service twice, in a supervisor and in a worker, one after the other: twice the CPU time to the
first answer, and twice the memory. In a container Kubernetes is the supervisor, so this starts BentoML's worker itself,
with the same command line, on a socket opened here. On a laptop, `bentoml serve` serves the same.
"""

import os
import signal
import socket
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
KEEP_ALIVE_S = 75
"""Longer than the entry keeps an idle connection: who closes one must be who sends on it, else a request is lost."""


def main(port: int = 3000) -> None:
    """Serve until SIGTERM, then answer what is in flight and return."""
    # As process 1 of a container we get no default action, so a SIGTERM before the server runs would be lost. So would
    # an exception from the handler be: some of what is imported meanwhile catches all of them.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    os.environ["BENTOML_DO_NOT_TRACK"] = "true"  # without a way out, start-up would wait for a time-out of 20 s
    scratch = Path(tempfile.mkdtemp(prefix="embedder-"))
    os.environ.setdefault("BENTOML_HOME", str(scratch / "home"))
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(scratch)
    os.chdir(HERE)

    from _bentoml_impl.worker.service import main as worker

    listener = socket.create_server(("", port), backlog=2048)
    arguments = ["service:Embedder", "--worker-id", "1", "--fd", str(listener.detach())]
    worker([*arguments, "--timeout-keep-alive", str(KEEP_ALIVE_S)])


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
