"""Questions to the clouds' own command lines, answered in JSON; what is refused says what a person does about it."""

import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from airgap.check import Check

TIMEOUT_S = 60
"""With retries of their own, and none takes ten seconds on a line that works."""

WORDS_LIMIT = 300

Fixes = Sequence[tuple[str, str]]
"""Patterns of what a program may say, and what to do then; the first that fits. The last one is empty: it fits all."""


class Refused(Exception):
    """The program did not answer; the text is its own words, in one line."""


def said(argv: Sequence[str], environment: Mapping[str, str]) -> str:
    """What a program answers on stdout."""
    try:
        ran = subprocess.run(
            argv,
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
        )
    except FileNotFoundError:
        raise Refused(f"no `{argv[0]}` on PATH") from None
    except subprocess.TimeoutExpired:
        raise Refused(f"`{' '.join(argv[:3])}` gave no answer in {TIMEOUT_S} s") from None
    if ran.returncode:
        raise Refused(_one_line(ran.stderr or ran.stdout) or f"`{' '.join(argv[:3])}` ended with {ran.returncode}")
    return ran.stdout


def asked(argv: Sequence[str], environment: Mapping[str, str]) -> Any:
    """The same, read as JSON."""
    text = said(argv, environment)
    try:
        return json.loads(text)
    except ValueError:
        raise Refused(f"`{' '.join(argv[:3])}` did not answer in JSON: {_one_line(text)}") from None


def seen(what: str, look: Callable[[], Check], fixes: Fixes) -> Check:
    """What `look` found, or why it could not."""
    try:
        return look()
    except Refused as refused:
        words = str(refused)
        fix = next(fix for pattern, fix in fixes if re.search(pattern, words))
        return Check(what=what, answer="missing", detail=words, fix=fix)


def _one_line(text: str) -> str:
    words = " ".join(text.split()).removeprefix("ERROR: ").rstrip(".")
    return words if len(words) <= WORDS_LIMIT else f"{words[:WORDS_LIMIT]}..."
