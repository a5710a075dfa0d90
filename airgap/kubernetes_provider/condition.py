"""The annotation pulumi.com/waitFor: when an object of any kind counts as ready.

`condition=Programmed`, `condition=Ready=Unknown`, `jsonpath={.status.phase}=Running`, `jsonpath={.status.url}` (there
at all), or a JSON list of these, all of which must hold. As kubectl wait, with the part of JSONPath that this needs.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from airgap.kubernetes_provider.cluster import Object
from airgap.kubernetes_provider.objects import ANNOTATION, annotations

WAIT_FOR = ANNOTATION + "waitFor"

Check = Callable[[Object], str | None]
"""None where it holds, else what is missing."""

_STEP = re.compile(
    r"""\.(?P<key>[A-Za-z_][\w-]*)          # .status
      | \['(?P<quoted>[^']*)'\]             # ['a.b/c']
      | \[(?P<index>-?\d+)\]                # [0]
      | \[(?P<all>\*)\]                     # [*]
      | \[\?\(@\.(?P<field>[\w-]+)\s*==\s*["'](?P<equals>[^"']*)["']\)\]   # [?(@.type=="Ready")]
    """,
    re.VERBOSE,
)


def checks(body: Object) -> list[Check]:
    """What the annotation asks for; ValueError where it cannot be understood."""
    asked = annotations(body).get(WAIT_FOR)
    if not asked:
        return []
    if not isinstance(asked, str):
        raise ValueError(f"{WAIT_FOR} must be a text, got a {type(asked).__name__}. To fix: write condition=Ready.")
    try:
        parts = json.loads(asked) if asked.lstrip().startswith("[") else [asked]
    except ValueError:
        raise ValueError(f"{WAIT_FOR}: {asked!r} is no JSON list. To fix: quote each condition.") from None
    return [_check(str(part)) for part in parts]


def _check(text: str) -> Check:
    how, _, rest = text.partition("=")
    if how == "condition" and rest:
        name, _, wanted = rest.partition("=")
        return lambda live: _condition(live, name, wanted or "True")
    if how == "jsonpath" and rest:
        matched = re.fullmatch(r"\{(?P<braced>.*)\}(?:=(?P<value>.*))?|(?P<bare>\.[^=]*)(?:=(?P<other>.*))?", rest)
        if matched:
            path = matched["braced"] if matched["braced"] is not None else matched["bare"]
            steps, wanted = _steps(path, text), matched["value"] or matched["other"]
            return lambda live: _value(live, steps, path, wanted)
    raise ValueError(
        f"{WAIT_FOR}: {text!r} is not understood. To fix: write condition=<type>[=<status>] or "
        "jsonpath={.status.field}[=<value>]."
    )


def conditions(live: Object) -> dict[str, dict[str, Any]]:
    return {each["type"]: each for each in (live.get("status") or {}).get("conditions") or []}


def stale(live: Object, record: dict[str, Any]) -> bool:
    """True where a status (or one condition of it) speaks of an older version of the object."""
    return record.get("observedGeneration", float("inf")) < live["metadata"].get("generation", 0)


def _condition(live: Object, name: str, wanted: str) -> str | None:
    # kubectl compares both without regard to case.
    found = next((each for kind, each in conditions(live).items() if kind.lower() == name.lower()), None)
    if found is None:
        return f"condition {name} is not there yet"
    if stale(live, found) or stale(live, live.get("status") or {}):
        return f"condition {name} is of an older version of the object"
    if str(found.get("status")).lower() == wanted.lower():
        return None
    return f"condition {name} is {found.get('status')}, not {wanted}: {found.get('message') or found.get('reason', '')}"


def _steps(path: str, text: str) -> list[re.Match[str]]:
    steps, end = [], 0
    while end < len(path):
        step = _STEP.match(path, end)
        if step is None:
            raise ValueError(
                f"{WAIT_FOR}: {text!r} is not understood at {path[end:]!r}. To fix: use .name, ['name'], [0], [*] or "
                '[?(@.name=="value")].'
            )
        steps.append(step)
        end = step.end()
    return steps


def _value(live: Object, steps: list[re.Match[str]], path: str, wanted: str | None) -> str | None:
    found: list[Any] = [live]
    for step in steps:
        found = [each for value in found for each in _next(value, step)]
    if wanted is None:
        return None if found else f"{path} is not there yet"
    texts = [_text(value) for value in found]
    if texts and all(text == wanted for text in texts):
        return None
    return f"{path} is {', '.join(texts) or 'not there yet'}, not {wanted}"


def _next(value: Any, step: re.Match[str]) -> list[Any]:
    if (key := step["key"] if step["key"] is not None else step["quoted"]) is not None:
        return [value[key]] if isinstance(value, dict) and key in value else []
    if not isinstance(value, list):
        return []
    if step["index"]:
        index = int(step["index"])
        return [value[index]] if -len(value) <= index < len(value) else []
    if step["all"]:
        return value
    return [each for each in value if isinstance(each, dict) and str(each.get(step["field"])) == step["equals"]]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
