"""make down: `pulumi destroy`, then a sweep that needs neither a working engine nor a whole stack."""

import os

from airgap import node
from airgap.errors import SetupError
from commands import tools
from commands.engine import QUIET, built, pulumi
from commands.place import rehearsing
from commands.processes import end_orphans
from commands.recover import free_dead_locks, node_spec
from commands.stages import Stages, report, say
from commands.state import StackState, single_flight

DESTROY_LIMIT_S = 600
"""An unreachable cluster must not hold `make down` for ever."""


def down(name: str) -> None:
    """Take the stack away; asks nothing, and a second run finds nothing to do."""
    stack, spec, stages = StackState(name=name), node_spec(name), Stages()
    with single_flight("down"):
        if rehearsing():
            _open_sandbox(name)
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
        if not destroyed and (aside := stack.discard()):
            report(f"the node is gone with all that was on it; what the stack had recorded is put aside as {aside}")
        tools.remove(name)
        if rehearsing():
            _close_sandbox()
    say(stages.summary())
    say("nothing is left but the cache")


def _destroy(stack: StackState) -> bool:
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
    code = pulumi("destroy", "--yes", "--skip-preview", *QUIET, "--stack", stack.name, timeout_s=DESTROY_LIMIT_S)
    return code == 0 and not stack.resources() and not stack.pending()


def _open_sandbox(stack: str) -> None:
    from tests.doubles import sandbox  # which a command outside a rehearsal must not import

    sandbox.open_for(stack, report)


def _close_sandbox() -> None:
    from tests.doubles import sandbox

    sandbox.close()
