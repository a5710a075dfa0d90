"""Before a real account is changed: whose it is, what would be made or destroyed, and the word that lets it happen."""

from collections import Counter
from collections.abc import Mapping
from typing import Literal

import typer
from rich.console import Console
from rich.table import Table

from airgap import engine
from airgap.check import require
from commands import plan, plugins
from commands.accounts import Owned
from commands.stages import report, say
from commands.topology import rooms

Command = Literal["up", "down"]

UNCONFIRMED = 2
"""Exit code of wrong arguments, a missing CONFIRM among them."""


def prepare(stack: str) -> Owned:
    """All that a command on the stack needs; SetupError where that cannot be, before anything is touched."""
    owned = Owned(stack)
    who = owned.who()
    require(who)
    require(owned.plugins())
    say(f"{stack} is a real account: {owned.where}")
    say(f"  {who[-1].detail}")
    plugins.fetch(stack, "kubernetes")
    engine.ensure(report)
    kept = owned.kept()
    require(kept)
    say(f"  state of {kept[0].detail}, {kept[1].detail}; secrets by {kept[2].detail}")
    plugins.fetch(stack, owned.account.package)
    return owned


def admit(command: Command, stack: str, confirmed: str | None) -> None:
    """Goes on where `confirmed` is the stack's name; else shows what would be done, and exits with UNCONFIRMED."""
    line = f"To go on: make {command} STACK={stack} CONFIRM={stack}"
    if confirmed not in (None, stack):
        say(f"CONFIRM must be {stack}, got {confirmed!r}. {line}")
        raise typer.Exit(UNCONFIRMED)
    owned = prepare(stack)
    if confirmed is None:
        if counts := _foreseen(command, owned):
            _print(counts)
        else:
            say("nothing would change")
        say(f"nothing was {'made' if command == 'up' else 'destroyed'}. {line}")
        raise typer.Exit(UNCONFIRMED)


def _foreseen(command: Command, owned: Owned) -> Mapping[str, Counter[str]]:
    there = owned.state.resources()
    if command == "up":
        return plan.by_room(plan.preview(owned.stack), there)
    return {room: Counter(destroy=count) for room, count in rooms(there).items()}


def _print(counts: Mapping[str, Counter[str]]) -> None:
    """How many resources of each room; the only thing on stdout."""
    words = [word for word in (*plan.CHANGES.values(), "destroy") if any(count[word] for count in counts.values())]
    table = Table("room", *words, box=None, pad_edge=False)
    for room, count in counts.items():
        table.add_row(room, *(str(count[word] or "") for word in words))
    table.add_row("in all", *(str(sum(count[word] for count in counts.values())) for word in words))
    Console(highlight=False).print(table)
