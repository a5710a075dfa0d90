"""Calls of the Pulumi CLI for one stack, as a person would make them after `eval "$(make -s env)"`."""

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from airgap import engine
from airgap.errors import SetupError
from airgap.paths import CHECKOUT
from commands import children
from commands.place import in_account, rehearsing

QUIET = ("--suppress-progress", "--suppress-outputs")
"""No dots, which say nothing without a terminal, and no outputs, which the table shows."""

OWNERS = ("PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")
"""Where a stack's state is and what opens its secrets: ours for a local stack, its owner's for one in an account."""


PACK = {"PULUMI_OPTION_POLICY_PACK": str(CHECKOUT / "policies")}
"""Has the engine check every preview and update by our policies, those of a person's own shell too."""


def environment(stack: str) -> dict[str, str]:
    """This process's environment, changed so that `pulumi` means this checkout's engine, and the stack's own state."""
    ours = engine.environment() | PACK
    if in_account(stack):
        return _of_owner(ours)
    kept = {key: value for key, value in os.environ.items() if key not in engine.UNSET}
    return kept | ours | given_backend()


def given_backend() -> dict[str, str]:
    """Another backend for a rehearsal's stacks: that of whoever enters is left outside, so it was set inside."""
    if rehearsing() and (url := os.environ.get(OWNERS[0])):
        return {OWNERS[0]: url}
    return {}


def _of_owner(ours: dict[str, str]) -> dict[str, str]:
    """Login, secrets and credentials are those of whoever calls; the CLI and its plugins stay ours."""
    debugs = set(engine.UNSET) - set(OWNERS)
    # A shell after `make env` has ours.
    own = {key: value for key, value in os.environ.items() if key not in debugs and ours.get(key) != value}
    home = own.get("PULUMI_HOME") or str(Path.home() / ".pulumi")
    login = {"PULUMI_CREDENTIALS_PATH": own.get("PULUMI_CREDENTIALS_PATH") or home}
    return own | {key: value for key, value in ours.items() if key not in OWNERS} | login


def built() -> bool:
    """Whether there is a CLI to call; only `make up`, `make recover` and `make env` get one."""
    return (engine.ENGINE / "pulumi").exists()


def pulumi(stack: str, *args: str, timeout_s: float | None = None) -> int:
    """One command about the stack with its progress on stderr; the exit status."""
    # With a terminal Pulumi would read keys from it, which stops a process in the background.
    argv = ["pulumi", *args, "--stack", stack, "--non-interactive"]
    return children.run(argv, environment(stack), CHECKOUT, timeout_s=timeout_s)


def heard(stack: str, *args: str) -> tuple[int, str]:
    """One command that changes something, and whose words are for us: the exit status, and all that it said."""
    with tempfile.TemporaryFile("w+") as words:
        code = children.run(["pulumi", *args, "--non-interactive"], environment(stack), CHECKOUT, words, words)
        words.seek(0)
        return code, words.read().strip()


def require(code: int, what: str, fix: str) -> None:
    if code:
        raise SetupError(f"{what} ended with status {code}, its messages are above. To fix: {fix}")


def answer(stack: str, *args: str, checked: bool = True) -> subprocess.CompletedProcess[str]:
    """One command that reads, to its end, where the stack's state is; not `checked`: the policy pack is not asked."""
    return subprocess.run(
        ["pulumi", *args, "--non-interactive"],
        env={key: value for key, value in environment(stack).items() if checked or key not in PACK},
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


def asked(stack: str, *args: str, fix: str) -> str:
    """What one command about the stack says on stdout; SetupError with its own words, and the fix, where it fails."""
    run = answer(stack, *args, "--stack", stack)
    if run.returncode:
        raise SetupError(f"stack {stack}: {(run.stderr or run.stdout).strip()} To fix: {fix}")
    return run.stdout


def outputs(stack: str) -> dict[str, Any]:
    """The stack's outputs, secrets included."""
    words = ("stack", "output", "--json", "--show-secrets")
    return json.loads(asked(stack, *words, fix=f"run `make up STACK={stack}`."))
