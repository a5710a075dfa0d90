"""make doctor: what was found, what will be built, what is missing and the fix."""

import subprocess

from rich.console import Console
from rich.table import Table

from airgap.check import Check
from airgap.paths import CACHE
from commands.checks import all_checks, built_artifacts
from commands.place import in_account, rehearsing
from commands.stages import say

STYLE = {"found": "green", "built": "yellow", "missing": "red"}
WORD = {"found": "found", "built": "will be built", "missing": "missing"}


def doctor(stack: str) -> int:
    """Print the table; 1 when `make up` could not work."""
    if rehearsing():
        say(f"a rehearsal asks no account, so there is nothing to check; outside, `make doctor STACK={stack}` does")
        return 0
    checks = all_checks(stack)
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 160
    table = Table("", "", "what was seen, and the fix", box=None, pad_edge=False)
    for check in [*checks, *([] if in_account(stack) else [_cache()])]:
        detail = check.detail + (f"\n[bold]To fix:[/bold] {check.fix}" if check.fix else "")
        table.add_row(check.what, f"[{STYLE[check.answer]}]{WORD[check.answer]}[/]", detail)
    console.print(table)
    missing = [check.what for check in checks if check.answer == "missing"]
    console.print(f"`make up` cannot work: {', '.join(missing)}." if missing else "`make up` can work.")
    return bool(missing)


def _cache() -> Check:
    built = built_artifacts()
    size = subprocess.run(["du", "-sh", CACHE], capture_output=True, text=True).stdout.split("\t")[0] or "0"
    detail = f"{size} at {CACHE}; whole: {', '.join(built) or 'nothing yet'}"
    return Check(what="cache", answer="found" if built else "built", detail=detail)
