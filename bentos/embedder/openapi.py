"""Print the service's OpenAPI description: `uv run python openapi.py > openapi.yaml`."""

import json
import sys

import yaml

from middleware import MAX_BODY
from service import CARD, MAX_CONCURRENCY, Embedder

REFUSALS = {
    "413": f"The body is larger than {MAX_BODY} bytes",
    "415": "The body is not declared as application/json",
    "429": f"The replica holds {MAX_CONCURRENCY} requests already",
    "504": f"No answer within {CARD['slo']['timeout_s']} seconds",
}
"""What middleware answers, of which BentoML's generator does not know."""


def description() -> dict:
    """BentoML's own description with REFUSALS, less what only a running service knows (its build's version)."""
    found = json.loads(json.dumps(Embedder.openapi_spec.asdict()))  # by JSON: its keys and enumerations as plain text
    found["info"] = {"title": CARD["name"], "description": CARD["summary"], "version": CARD["model"]["version"]}
    refusals = {status: {"description": text} for status, text in REFUSALS.items()}
    found["paths"]["/encode"]["post"]["responses"].update(refusals)
    return found


if __name__ == "__main__":
    yaml.safe_dump(description(), sys.stdout, sort_keys=False, allow_unicode=True, width=120)
