"""Where a rehearsal keeps what its doubles made; no double starts outside of one."""

import os
import sys
from pathlib import Path

from commands.place import PLACE


def place(double: str) -> Path:
    """The folder; ends the process with one line where there is no rehearsal."""
    if not (folder := os.environ.get(PLACE)):
        # A double in a real stack's place would tell its owner of resources that are not there.
        sys.exit(
            f"the double of {double} starts in a rehearsal alone. To fix: use the official plugin, or set {PLACE}."
        )
    return Path(folder)
