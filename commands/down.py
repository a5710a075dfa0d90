"""make down: `pulumi destroy`, then a sweep that needs neither a working engine nor a whole stack."""

import os

from airgap import node
from airgap.errors import SetupError
from commands import confirm, tools
from commands.backend import State, state_of
from commands.engine import QUIET, built, pulumi, require
from commands.place import in_account, open_rehearsal, rehearsing
from commands.processes import end_orphans
from commands.recover import free_dead_locks, needed, node_spec, recover
from commands.settings import shown, standing_on
from commands.stages import Stages, report, say
from commands.state import StackState, single_flight

DESTROY_LIMIT_S = 600
"""An unreachable cluster must not hold `make down` for ever."""


def down(name: str, confirmed: str | None = None) -> None:
    """Take the stack away; asks nothing, and a second run finds nothing to do. In an account only if `confirmed`."""
    if in_account(name):
        _down_in_account(name, confirmed)
        return
    stack, spec, stages = state_of(name), node_spec(name), Stages()
    with single_flight("down"):
        if rehearsing():
            open_rehearsal(name)
            require_unused(name)
        end_orphans()
        free_dead_locks(stack)
        ours = spec.state.exists() or stack.has_node()
        with stages.stage("stack"):
            destroyed = _destroy(stack)
        if ours or os.geteuid() == 0:
            with stages.stage("node"):
                end_orphans()
                node.stop(spec, report)
        if not destroyed and not ours:
            raise SetupError(
                f"stack {name}: `pulumi destroy` did not take all of it away, and its cluster is not ours to remove. "
                "To fix: repair what it names above, run `make recover`, then `make down` again."
            )
        if not destroyed and (aside := StackState(name=name).discard()):
            report(f"the node is gone with all that was on it; what the stack had recorded is put aside as {aside}")
        tools.remove(name)
        if rehearsing():
            _close_unused_sandbox()
    say(stages.summary())
    say("nothing is left but the cache")


def _down_in_account(name: str, confirmed: str | None) -> None:
    """As long as the cloud takes, and no sweep after it: what is left there costs, so it must be seen."""
    stages = Stages()
    with single_flight("down"):
        with stages.stage("account"):
            confirm.admit("down", name, confirmed)
            require_unused(name)
        stack = state_of(name)
        if needed(stack):
            with stages.stage("recover"):
                recover(stack)  # what a lost create has made would stay there, and cost
        with stages.stage("stack"), stack.changing():
            require(
                pulumi(name, "destroy", "--yes", "--skip-preview", *QUIET),
                "`pulumi destroy`",
                f"repair what it names, then run `make down STACK={name} CONFIRM={name}` again; what is protected goes "
                f"once {shown(name)} has `tradewind:protect: false` and `make up` has run.",
            )
        tools.remove(name)
    say(stages.summary())
    say("nothing of the stack is left but what its cloud keeps, such as keys that wait for their deletion")


def require_unused(name: str) -> None:
    """SetupError where another stack's services stand on this one: Pulumi protects nothing across stacks."""
    for each in standing_on(name):
        if state_of(each).resources():
            raise SetupError(
                f"stack {name}: the services of the stack {each} stand on it, and could not be taken away after it. "
                f"To fix: `make down STACK={each}` first, as for this one."
            )


def _destroy(stack: State) -> bool:
    """Whether the stack holds nothing now; False also where there is no engine, or no readable state, to do it with."""
    try:
        if not stack.resources() and not stack.pending():
            return True
    except SetupError as error:
        report(str(error))
        return False
    if not built():
        report("no engine is built, so the node is swept without `pulumi destroy`")
        return False
    code = pulumi(stack.name, "destroy", "--yes", "--skip-preview", *QUIET, timeout_s=DESTROY_LIMIT_S)
    return code == 0 and not stack.resources() and not stack.pending()


def _close_unused_sandbox() -> None:
    from tests.doubles import sandbox

    if not any(sandbox.served()):  # else another stack is up in there
        sandbox.close()
