"""All that `make up` needs and the cache lacks, built two at a time: while one fetches or links, the other compiles."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from airgap import engine, golang, images, manifests, node
from airgap.artifacts import Report
from airgap.errors import SetupError
from airgap.paths import CHECKOUT
from provider import bento

AT_ONCE = 2
"""Of two cores; a third build would only take memory."""


def _image(name: str) -> Callable[[Report], object]:
    return lambda report: images.spec(name, report)


def _bento(project: Path) -> Callable[[Report], object]:
    return lambda report: bento.spec(project, report)


KWOK = ("kwok", "sigs.k8s.io/kwok/cmd/kwok")
"""Module and package of https://kwok.sigs.k8s.io, which plays the kubelets of a rehearsal's nodes."""

TARGETS: dict[str, Callable[[Report], object]] = {
    "node": node.prepare,
    "engine": engine.ensure,
    "keda": _image("keda"),
    "envoy-gateway": _image("envoy-gateway"),
    **{name: _image(name) for name in images.RECIPES if name not in ("keda", "envoy-gateway")},
    **{f"bento:{path.parent.name}": _bento(path.parent) for path in sorted(CHECKOUT.glob("bentos/*/pyproject.toml"))},
    "manifests": manifests.prepare,
}
"""By name, in the order in which tests need them, long first; manifests last, which programs of the others render."""

BENTOS = [name for name in TARGETS if name.startswith("bento:")]

ON_REQUEST: dict[str, Callable[[Report], object]] = {"kwok": lambda report: golang.binary(*KWOK, report)}
"""What rehearsals need, and `make up` does not: built where it is named."""


def prepare(report: Report, names: Sequence[str] = ()) -> None:
    """Build these targets in their order, or all of TARGETS; quick where the cache has them.

    A failure or Ctrl-C ends the rest at once.
    """
    known = TARGETS | ON_REQUEST
    if unknown := [name for name in names if name not in known]:
        raise SetupError(f"build: no target {unknown[0]!r}. To fix: name some of {', '.join(known)}.")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        running = [pool.submit(known[name], report) for name in names or TARGETS]
        try:
            for future in as_completed(running):
                future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            # Again and again: a thread may be just about to start its compiler. Not by futures.wait, to which those
            # that were cancelled in the queue never end.
            while not all(future.done() for future in running):
                golang.interrupt()
                time.sleep(0.2)
            raise
