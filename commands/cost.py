"""make cost: what a stack costs a month, from the engine's own plan of it, in a place with no account."""

import contextlib
from collections.abc import Iterator
from typing import Any

from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct

from airgap.errors import SetupError
from airgap.paths import CHECKOUT
from commands import engine, plan, settings
from commands.place import enter
from commands.services import stdout
from commands.stages import report
from commands.state import single_flight
from components.card import load_cards
from components.validation import InvalidInput
from costs.budget import KEY, AtMost, at_most
from costs.estimate import estimate
from costs.load import planned_loads
from costs.resources import Resource
from costs.table import print_estimate
from provider.protocol import decode

BENTOS = CHECKOUT / "bentos"


def cost(stack: str) -> int:
    """The table; 1 where the stack can come to cost more than its budget."""
    written = settings.written(stack)
    region = written.get("tradewind:region")
    if settings.kind(stack) == "local":
        print(
            f"{stack}: nothing: all that it makes runs on this machine, or in a cluster that somebody pays for anyway"
        )
        return 0
    enter("cost")
    try:
        cards = load_cards(BENTOS, written.get("tradewind:services"))
        with single_flight("cost"), _opened(stack):
            resources = planned(plan.preview(stack, checked=False))
        out = stdout()
        out.print(f"{stack} in {region}, {len(resources)} resources, by list prices\n")
        print_estimate(estimate(resources, region), planned_loads(resources, cards), out)
    except InvalidInput as error:
        raise SetupError(str(error)) from None
    return _judged(at_most(resources, region), written.get(f"tradewind:{KEY}"))


def _judged(most: AtMost, budget: float | str | None) -> int:
    """A line on the budget, where there is one; the exit status."""
    if budget is None:
        return 0
    wrong = most.over(float(budget))
    print(f"\nOVER BUDGET: {wrong}." if wrong else f"\nAt any load within {KEY}, {float(budget):,.2f}{most.beside}.")
    return bool(wrong)


def planned(steps: list[plan.Step]) -> list[Resource]:
    """What a stack consists of after these steps, with what the plan does not know as UNKNOWN."""
    states = [state for step in steps if (state := step.get("newState")) and state.get("custom")]
    return [
        Resource(type=state["type"], name=state["urn"].rpartition("::")[2], inputs=_inputs(state)) for state in states
    ]


def _inputs(state: dict[str, Any]) -> dict[str, Any]:
    return decode(ParseDict(state.get("inputs") or {}, Struct())).plain


@contextlib.contextmanager
def _opened(stack: str) -> Iterator[None]:
    """A place in which nothing was ever made, so that the plan has every resource."""
    from tests.doubles import sandbox  # which a command outside of one must not import

    try:
        sandbox.open_for(stack, report)
        report(f"{stack}: asking the engine for its plan")
        code, words = engine.heard(stack, "stack", "select", "--create", stack)
        if code:
            raise SetupError(f"stack {stack}: {words} To fix: remove the folder .tradewind/cost, then run again.")
        yield
    finally:
        sandbox.close()
