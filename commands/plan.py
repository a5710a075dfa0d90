"""What an update would do, from a preview, which changes nothing."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from airgap.errors import SetupError
from commands.engine import answer
from commands.topology import room_of

Step = Mapping[str, Any]
"""As `pulumi preview --json` gives it: {"op": "create", "urn": ..., "newState": {...}}."""

CHANGES = {"create": "make", "update": "change", "replace": "replace", "delete": "delete"}
"""What a step does, in a word each; what else steps tell of, such as what is read, changes nothing."""


POLICIES = "Policies:"
"""What the engine's words about the policy pack begin with; in JSON it has none."""


def preview(stack: str, *, checked: bool = True) -> list[Step]:
    """The steps of an update; SetupError with the errors of the program, the providers and the policy pack.

    What is to be recovered is not `checked`: it has to be settled, whatever the pack will say to the next update.
    """
    words = answer(stack, "preview", "--json", "--suppress-progress", "--stack", stack, checked=checked)
    try:
        told = json.loads(words.stdout)
    except ValueError:
        told = {}
    if words.returncode:
        errors = [each["message"].strip() for each in told.get("diagnostics", []) if each["severity"] == "error"]
        said = "\n".join(errors) or _findings(stack) or words.stderr or words.stdout
        raise SetupError(f"stack {stack}: {said} To fix: repair what it names.")
    return told.get("steps", [])


def _findings(stack: str) -> str:
    _, policies, findings = answer(stack, "preview", "--suppress-progress", "--stack", stack).stdout.partition(POLICIES)
    return f"{policies}{findings}".strip()


def by_room(steps: Sequence[Step], there: Sequence[Mapping[str, Any]]) -> dict[str, Counter[str]]:
    """How many resources are made, changed, replaced and deleted, by room; `there` are those of the state."""
    states = [step.get("newState") or step["oldState"] for step in steps]
    by_urn = {each["urn"]: each for each in [*there, *states]}
    rooms: dict[str, Counter[str]] = defaultdict(Counter)
    for step, state in zip(steps, states, strict=True):
        if state.get("custom") and step["op"] in CHANGES:
            rooms[room_of(state, by_urn)][CHANGES[step["op"]]] += 1
    return dict(sorted(rooms.items()))
