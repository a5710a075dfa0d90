"""make up: what has to be built, the engine included, recovery where the last run was cut short, `pulumi up`."""

from airgap import builds
from airgap.check import require as require_all
from commands import checks, confirm, tools
from commands.backend import State, state_of
from commands.engine import QUIET, outputs, pulumi, require
from commands.place import in_account, open_rehearsal, rehearsing
from commands.recover import needed, recover
from commands.salt import follow_state, settings_file
from commands.services import print_services
from commands.signing import follow_key
from commands.stages import Stages, report, say
from commands.state import StackState, single_flight


def up(name: str, confirmed: str | None = None) -> None:
    """Bring the stack up from whatever is there, and print what it serves; in an account only what was `confirmed`."""
    stages = Stages()
    with single_flight("up"):
        with stages.stage("account" if in_account(name) else "builds"):
            _prepare(name, confirmed)
        stack = state_of(name)
        if needed(stack):
            with stages.stage("recover"):
                recover(stack)
        with stages.stage("stack"):
            found = _deploy(stack)
    say(stages.summary())
    print_services(found["services"])


def _prepare(name: str, confirmed: str | None) -> None:
    if in_account(name):
        confirm.admit("up", name, confirmed)
    elif rehearsing():
        open_rehearsal(name)
    else:
        require_all(checks.all_checks(name))
        builds.prepare(report)
        follow_state(StackState(name=name), settings_file(name))


def _deploy(stack: State) -> dict:
    name = stack.name
    if not in_account(name):  # there its owner has, with what opens its secrets
        require(pulumi(name, "stack", "select", "--create"), "`pulumi stack select`", "repair what it names.")
        if not rehearsing():  # which has written its own
            follow_key(name)
    with stack.changing():
        require(
            pulumi(name, "up", "--yes", "--skip-preview", *QUIET),
            "`pulumi up`",
            "repair what it names, then run `make up` again, which carries on.",
        )
    found = outputs(name)
    (tools.write_kubeconfig if in_account(name) else tools.write)(name, found["platform"]["kubeconfig"])
    return found
