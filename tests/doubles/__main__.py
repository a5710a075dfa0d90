"""`python -m tests.doubles aws <engine's address>`: a double as the plugin that the engine starts."""

import importlib
import os
import sys
from pathlib import Path

from provider.protocol import serve
from tests.doubles.cloud import Cloud

PLACE = "TRADEWIND_REHEARSAL"
"""Folder of the rehearsal, whose clouds are in it."""


def main() -> None:
    cloud, *arguments = sys.argv[1:]
    if not (place := os.environ.get(PLACE)):
        # A double in a real stack's place would tell its owner of resources that are not there.
        sys.exit(f"the double of {cloud} starts in a rehearsal alone. To fix: use the official plugin, or set {PLACE}.")
    double = importlib.import_module(f"tests.doubles.{cloud}").double
    serve(double(Cloud(Path(place) / f"{cloud}.sqlite")), arguments)


if __name__ == "__main__":
    main()
