"""One thing that was looked for, before anything is built or made: a line of `make doctor`."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from airgap.errors import SetupError

Answer = Literal["found", "built", "missing"]


@dataclass(frozen=True, kw_only=True)
class Check:
    """What was looked for, and what was seen."""

    what: str
    answer: Answer
    """`built`: not here, and `make up` makes it; `missing`: `make up` cannot work until `fix` is done."""
    detail: str
    fix: str = ""


def refused(what: str, error: SetupError) -> Check:
    """That which an error names as missing, and its fix."""
    detail, _, fix = str(error).partition(" To fix: ")
    return Check(what=what, answer="missing", detail=detail.removesuffix("."), fix=fix)


def require(checks: Iterable[Check]) -> None:
    """SetupError with a line for each check that blocks."""
    missing = [f"{check.what}: {check.detail}. To fix: {check.fix}" for check in checks if check.answer == "missing"]
    if missing:
        raise SetupError("\n".join(missing))
