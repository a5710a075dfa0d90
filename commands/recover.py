"""After a crash: free what dead processes hold, heal the node, refresh, and settle what was pending.

Nothing is taken from the living: a lock goes only when its process, on this host, is gone.
"""

import time

from airgap import engine, node
from airgap.errors import SetupError
from airgap.paths import STATE
from commands import adoption, confirm, processes
from commands.backend import State, state_of
from commands.engine import QUIET, pulumi, require
from commands.place import in_account, open_rehearsal, rehearsing
from commands.stages import report
from commands.state import Lock, single_flight

LOCK_PATIENCE_S = 10
"""How long a dying engine may hold its lock before we call it alive."""


def make_recover(name: str) -> None:
    """The command, wherever the stack's state is."""
    with single_flight("recover"):
        if in_account(name):
            confirm.prepare(name)
        elif rehearsing():
            open_rehearsal(name)
        else:
            engine.ensure(report)
        recover(state_of(name))


def needed(stack: State) -> bool:
    """Whether the last update was cut short, or failed where something may have been made all the same."""
    if processes.orphans() or stack.unsettled():
        return True
    return adoption.applies(stack.resources()) and stack.last_failed()


def recover(stack: State) -> None:
    """Settle `stack`, saying what was done; raises SetupError while somebody else is at work on it."""
    if ended := processes.end_orphans():
        report(f"ended {ended} plugins whose engine was killed")
    freed = free_dead_locks(stack)
    for lock in freed:
        report(f"freed {lock}, which is dead")
    for operation in (pending := stack.pending()):
        report(f"pending: {operation['type']} {operation['resource']['urn'].rpartition('::')[2]}")
    if not stack.resources() and not pending:
        report("the stack has no resources yet, nothing else to settle")
        return
    if stack.has_node():
        node.ensure(node_spec(stack.name), report)
    # Names are fixed and applied server-side, so what a lost create made is adopted by the next update, not doubled.
    require(
        pulumi(stack.name, "refresh", "--yes", "--skip-preview", *QUIET, "--clear-pending-creates"),
        "`pulumi refresh`",
        "repair what it names, then run `make recover` again.",
    )
    report(f"refreshed; {_settled(pending)}")
    if adoption.applies(stack.resources()):
        report(f"{adoption.adopt(stack.name)} resources were there that the state did not know of")


def free_dead_locks(stack: State) -> list[Lock]:
    """Remove the locks of dead processes; SetupError for one that is alive or on another host."""
    deadline = time.monotonic() + LOCK_PATIENCE_S
    freed: list[Lock] = []
    while locks := stack.locks():
        for lock in [lock for lock in locks if lock.dead]:
            stack.free(lock)
            freed.append(lock)
        if alive := [lock for lock in locks if not lock.dead]:
            if time.monotonic() > deadline:
                raise SetupError(
                    f"{alive[0].at}: {alive[0]} is not known to be dead. To fix: let it end; if nobody works on "
                    f"stack {stack.name}, run `pulumi cancel --stack {stack.name}`."
                )
            time.sleep(0.5)
    return freed


def node_spec(stack: str) -> node.NodeSpec:
    """The built node of a stack."""
    return node.NodeSpec(name=stack, state=STATE / "node" / stack)


def _settled(pending: list) -> str:
    creates = sum(operation["type"] == "creating" for operation in pending)
    if not pending:
        return "nothing was pending"
    return f"{creates} pending creates cleared, the next `make up` adopts them; {len(pending) - creates} others repeat"
