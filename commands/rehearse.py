"""make rehearse: the clouds' stacks through their whole lives, on the real engine and SDKs, with no account."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from airgap.errors import SetupError
from airgap.paths import CHECKOUT, STATE
from commands import children
from commands.settings import written
from commands.stages import report, say
from commands.state import single_flight
from tests.doubles import sandbox

DEFAULT = ("aws-dev", "gcp-dev")
AT_ONCE = 2
"""Of two cores."""


def rehearse(names: Sequence[str]) -> None:
    """Each stack's life, two at a time; SetupError names those that failed."""
    chosen = whole_stacks() if "all" in names else list(names or DEFAULT)
    for stack in chosen:
        sandbox.require_double(stack)
    begin = time.monotonic()
    with single_flight("rehearse"):
        sandbox.prepare(report)
        try:
            sandbox.revive()
            with ThreadPoolExecutor(AT_ONCE) as pool:
                codes = list(pool.map(_play, chosen))
        finally:
            sandbox.close()
    for stack in chosen:
        say((STATE / "logs" / stack / "summary.txt").read_text())
    if failed := [stack for stack, code in zip(chosen, codes, strict=True) if code]:
        raise SetupError(
            f"{', '.join(failed)}: see above. To fix: repair what it names, then run `make rehearse` again, "
            "which carries on; to begin from nothing, remove the rehearsal's folder: " + str(STATE)
        )
    say(f"rehearsed {', '.join(chosen)} in {time.monotonic() - begin:.0f} s, with no account and no way out")


def whole_stacks() -> list[str]:
    """All but those that stand on another, which have no life without it."""
    return [stack for stack in sandbox.stacks() if written(stack).get("tradewind:layer") != "services"]


def _play(stack: str) -> int:
    """One stack's life in a process of its own, whose environment is that stack's."""
    return subprocess.run(
        [sys.executable, "-m", "commands.rehearsal", stack],
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        preexec_fn=children.die_with_parent(os.getpid()),
    ).returncode
