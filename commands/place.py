"""Where a command acts: on this checkout, in a rehearsal's place beside it (`REHEARSE=1`), in a real account."""

import os
import sys

from airgap.paths import STATE
from commands.settings import kind
from commands.stages import report

PLACE = "TRADEWIND_REHEARSAL"
"""Folder of the rehearsal that a process is in; unset outside. Doubles start nowhere else."""


def rehearsing() -> bool:
    return PLACE in os.environ


def in_account(stack: str) -> bool:
    """Whether what is done to the stack is done in somebody's real account."""
    return not rehearsing() and kind(stack) != "local"


def enter(folder: str = "rehearsal", *, deploys: bool = False) -> None:
    """Carry on inside one of the checkout's: from then on nothing of the person's credentials is in the environment.

    What `deploys` has its services built before: inside, there is no way to a package registry.
    """
    if not rehearsing():
        from tests.doubles import sandbox

        if deploys:
            from airgap import builds  # a third of a second, which no double's start has to pay

            builds.prepare(report, builds.BENTOS)
        argv = [sys.executable, "-m", "commands", *sys.argv[1:]]
        os.execve(argv[0], argv, sandbox.entrance(STATE / folder))  # noqa: S606


def open_rehearsal(stack: str) -> dict[str, str]:
    """All that work on the stack needs inside; what the environment gained."""
    from tests.doubles import sandbox  # which a command outside a rehearsal must not import

    return sandbox.open_for(stack, report)
