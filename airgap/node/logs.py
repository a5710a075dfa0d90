"""One log file for each process, kept small: a full one moves to <name>.log.1 and replaces the one before."""

import shutil
from pathlib import Path
from typing import BinaryIO

from airgap.node.layout import Layout

LIMIT = 8 << 20
"""Bytes. Looked at on each `ensure`; a process at its usual level writes less in a week."""


def path(layout: Layout, name: str) -> Path:
    return layout.logs / f"{name}.log"


def open_for(layout: Layout, name: str) -> BinaryIO:
    """Opened for appending, so that `bound` may empty it while its writer runs."""
    layout.logs.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path(layout, name).open("ab")


def bound(layout: Layout) -> None:
    """Cut what has grown past the limit; the writer keeps its file."""
    for log in layout.logs.glob("*.log"):
        if log.stat().st_size > LIMIT:
            shutil.copyfile(log, log.with_name(f"{log.name}.1"))
            with log.open("r+b") as file:
                file.truncate(0)


def tail(layout: Layout, name: str, lines: int) -> list[str]:
    """The last lines, without empty ones."""
    try:
        with path(layout, name).open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - 8192))
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return []
    return [line.strip()[:400] for line in text.splitlines() if line.strip()][-lines:]
