"""make env: what a shell needs so that pulumi, bentoml, locust and kubectl act on this checkout's stack as they are."""

import os
import shlex
from collections.abc import Iterable, Mapping

from airgap.paths import STATE
from commands import engine
from commands.backend import state_of
from commands.place import PLACE, in_account, rehearsing
from commands.stages import report
from commands.tools import TOOLS, kubeconfig, write


def exports(environment: Mapping[str, str], current: Mapping[str, str], unset: Iterable[str] = ()) -> list[str]:
    """A quoted line for each variable that differs from the shell's own."""
    changed = {key: value for key, value in environment.items() if current.get(key) != value}
    return [
        *(f"unset {key}" for key in unset if key in current),
        *(f"export {key}={shlex.quote(value)}" for key, value in sorted(changed.items())),
    ]


def print_exports(stack: str) -> None:
    if rehearsing():
        from tests.doubles import sandbox

        inside = {PLACE: str(STATE), "TRADEWIND_STATE": str(STATE)}
        environment, current = sandbox.open_for(stack, report) | inside, {}
        print(sandbox.FORGET)
    else:
        if not engine.built():
            from airgap import builds  # a third of a second, which a shell pays once

            builds.prepare(report, ["engine"])
        environment, current = engine.environment(stack), os.environ
    environment["PATH"] = os.pathsep.join([environment["PATH"], str(TOOLS)])
    if (path := kubeconfig(stack)).exists() or _fetched(stack):
        environment["KUBECONFIG"] = str(path)
    print("\n".join(exports(environment, current, sorted(current.keys() - environment.keys()))))


def _fetched(stack: str) -> bool:
    """Whether the stack has a cluster, whose kubeconfig is there from now on: plain `pulumi up` has written none."""
    if in_account(stack) or not state_of(stack).resources():
        return False
    text = engine.outputs(stack).get("platform", {}).get("kubeconfig")
    if text:
        write(stack, text)
    return bool(text)
