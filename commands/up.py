"""make up: what has to be built, the engine included, recovery where the last run was cut short, `pulumi up`."""

from airgap import builds
from commands import checks, tools
from commands.engine import QUIET, outputs, pulumi, require
from commands.place import rehearsing
from commands.recover import needed, recover
from commands.salt import follow_state, settings_file
from commands.services import print_services
from commands.stages import Stages, report, say
from commands.state import StackState, single_flight


def up(name: str) -> None:
    """Bring the stack up from whatever is there, and print what it serves."""
    stack, stages = StackState(name=name), Stages()
    with single_flight("up"):
        if not rehearsing():
            checks.require(checks.all_checks(name))
        with stages.stage("builds"):
            _prepare(stack)
        if needed(stack):
            with stages.stage("recover"):
                recover(stack)
        with stages.stage("stack"):
            require(pulumi("stack", "select", "--create", name), "`pulumi stack select`", "repair what it names.")
            require(
                pulumi("up", "--yes", "--skip-preview", *QUIET, "--stack", name),
                "`pulumi up`",
                "repair what it names, then run `make up` again, which carries on.",
            )
            found = outputs(name)
            tools.write(name, found["platform"]["kubeconfig"])
    say(stages.summary())
    print_services(found["services"])


def _prepare(stack: StackState) -> None:
    if rehearsing():
        from tests.doubles import sandbox

        sandbox.open_for(stack.name, report)
        return
    builds.prepare(report)
    follow_state(stack, settings_file(stack.name))
