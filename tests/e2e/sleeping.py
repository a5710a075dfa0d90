"""The stack with a service more: the sleeper, which borrows the embedder's server and middleware."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.e2e.checkout import Checkout

SOURCES = Path(__file__).with_name("sleeper")


@contextmanager
def sleeper(
    checkout: Checkout, card: Mapping[str, Any] | None = None, capacity: Mapping[str, Any] | None = None
) -> Iterator[dict[str, Any]]:
    """The stack's outputs, with these keys of its card and of its measurement changed."""
    bento, embedder = checkout.path / "bentos" / "sleeper", checkout.path / "bentos" / "embedder"
    shutil.copytree(SOURCES, bento)
    shutil.copy2(embedder / "middleware.py", bento)
    server = (embedder / "server.py").read_text()
    (bento / "server.py").write_text(server.replace("service:Embedder", "service:Sleeper"))
    written = yaml.safe_load((bento / "card.yaml").read_text())
    (bento / "card.yaml").write_text(yaml.safe_dump({**written, **(card or {})}))
    [measured] = json.loads((bento / "capacity.json").read_text())["measurements"]
    (bento / "capacity.json").write_text(json.dumps({"measurements": [{**measured, **(capacity or {})}]}))
    checkout.make("up").ok()
    yield checkout.outputs()
    shutil.rmtree(bento)
    checkout.make("up").ok()
