"""Where a command acts: on this checkout's own state, or in a rehearsal's place beside it (`REHEARSE=1`)."""

import os
import sys

from airgap.paths import STATE

PLACE = "TRADEWIND_REHEARSAL"
"""Folder of the rehearsal that a process is in; unset outside. Doubles start nowhere else."""


def rehearsing() -> bool:
    return PLACE in os.environ


def enter() -> None:
    """Carry on inside: from then on nothing of the person's own credentials is in the environment."""
    if not rehearsing():
        from tests.doubles import sandbox

        argv = [sys.executable, "-m", "commands", *sys.argv[1:]]
        os.execve(argv[0], argv, sandbox.entrance(STATE / "rehearsal"))  # noqa: S606
