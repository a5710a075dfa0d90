"""Waivers: what a stack's owner takes responsibility for, in its config, until a day.

tradewind:waivers:
  - rule: ecr-tags-immutable
    resource: lab-repository
    reason: the nightly build pushes to a fixed tag
    owner: platform@example.com
    expires: 2027-03-31
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

KEY = "tradewind:waivers"
MIDNIGHT = " 00:00:00 +0000 UTC"
"""What Pulumi makes of a day without quotes in a stack's file: YAML calls it a time."""


class Waiver(BaseModel):
    """One rule does not bind one resource, for now."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: str
    resource: str
    """Its name in Pulumi, the last part of its URN."""
    reason: Annotated[str, Field(min_length=10)]
    owner: Annotated[str, Field(min_length=1)]
    expires: Annotated[date, BeforeValidator(lambda value: str(value).removesuffix(MIDNIGHT))]
    """The last day on which it holds."""

    @property
    def said(self) -> str:
        return f"waived until {self.expires} by {self.owner}: {self.reason}"


@dataclass(frozen=True)
class Waivers:
    """All of a stack's."""

    written: tuple[Waiver, ...] = ()

    def of(self, rule: str, resource: str) -> Waiver | None:
        """The one for this rule and this resource, expired or not."""
        return next((each for each in self.written if (each.rule, each.resource) == (rule, resource)), None)


def read(config: str | None, rules: Collection[str]) -> Waivers:
    """What stands in the stack's config as the engine hands it over, JSON; ValueError names field, value and fix."""
    if not config:
        return Waivers()
    try:
        waivers = TypeAdapter(tuple[Waiver, ...]).validate_python(json.loads(config))
    except ValidationError as error:
        raise ValueError("; ".join(_line(each) for each in error.errors())) from None
    except json.JSONDecodeError:
        raise ValueError(f"{KEY} must be a list of waivers, got {config!r}. To fix: see policies/README.md.") from None
    for index, waiver in enumerate(waivers):
        if waiver.rule not in rules:
            raise ValueError(
                f"{KEY}[{index}].rule must be the name of a rule, got {waiver.rule!r}. "
                "To fix: take the name from the finding, or drop the waiver."
            )
    return Waivers(waivers)


def _line(error: Any) -> str:
    at = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error["loc"])
    got = "" if error["type"] == "missing" else f", got {error['input']!r}"
    return f"{KEY}{at}: {error['msg']}{got}. To fix: write rule, resource, reason, owner and expires, and nothing else."
