"""Calls of the Pulumi CLI for one stack, as a person would make them after `eval "$(make -s env)"`."""

import json
import os
import subprocess
from typing import Any

from airgap import engine
from airgap.errors import SetupError
from airgap.paths import CHECKOUT
from commands import children

QUIET = ("--suppress-progress", "--suppress-outputs")
"""No dots, which say nothing without a terminal, and no outputs, which the table shows."""


def environment() -> dict[str, str]:
    """This process's environment, changed so that `pulumi` means this checkout's."""
    kept = {key: value for key, value in os.environ.items() if key not in engine.UNSET}
    return kept | engine.environment()


def built() -> bool:
    """Whether there is a CLI to call; only `make up` and `make recover` get one."""
    return (engine.ENGINE / "pulumi").exists()


def pulumi(*args: str, timeout_s: float | None = None) -> int:
    """One command with its progress on stderr; the exit status."""
    # With a terminal Pulumi would read keys from it, which stops a process in the background.
    return children.run(["pulumi", *args, "--non-interactive"], environment(), CHECKOUT, timeout_s=timeout_s)


def require(code: int, what: str, fix: str) -> None:
    if code:
        raise SetupError(f"{what} ended with status {code}, its messages are above. To fix: {fix}")


def asked(stack: str, *args: str, fix: str) -> str:
    """What one command about the stack says on stdout; SetupError with its own words, and the fix, where it fails."""
    run = subprocess.run(
        ["pulumi", *args, "--stack", stack, "--non-interactive"],
        env=environment(),
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if run.returncode:
        raise SetupError(f"stack {stack}: {(run.stderr or run.stdout).strip()} To fix: {fix}")
    return run.stdout


def outputs(stack: str) -> dict[str, Any]:
    """The stack's outputs, secrets included."""
    words = ("stack", "output", "--json", "--show-secrets")
    return json.loads(asked(stack, *words, fix=f"run `make up STACK={stack}`."))
