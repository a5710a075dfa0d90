"""A stack's settings, stacks/Pulumi.<stack>.yaml: typed by the platform's own class, unknown keys refused."""

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import pulumi
from pulumi.runtime import config as pulumi_config
from pydantic import ConfigDict, Field, field_validator

from components.card import Part
from components.validation import checked

PROJECT = "tradewind"

Kind = Literal["local", "aws"]
"""A module of components/platforms each."""


def from_text(value: object) -> object:
    """Pulumi hands over whatever is no text as JSON; what is no JSON stays, for the type to refuse."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


class Common(Part):
    """Keys that a stack of any platform may have."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    kind: Kind = Field(default="local", examples=["local"])
    services: list[str] | None = Field(default=None, examples=[["embedder"]])
    """Folders of bentos/ that this stack deploys; all of them where the key is absent."""

    _written_as_text = field_validator("services", mode="before")(from_text)


Settings = TypeVar("Settings", bound=Common)


@dataclass(frozen=True, kw_only=True)
class StackSettings:
    """What is written for one stack, before its platform has read it."""

    stack: str
    written: Mapping[str, Any]

    @property
    def file(self) -> str:
        return f"stacks/Pulumi.{self.stack}.yaml"

    @property
    def kind(self) -> Kind:
        return checked(Common, self.written, self.file).kind

    @property
    def services(self) -> list[str] | None:
        return checked(Common, self.written, self.file).services

    def read_as(self, model: type[Settings]) -> Settings:
        """All keys, typed; InvalidInput lists what is wrong."""
        return checked(model, self.written, self.file)


def stack_settings() -> StackSettings:
    """The settings of the stack that runs now."""
    prefix = f"{PROJECT}:"
    found = {**pulumi_config.get_config_env(), **pulumi_config.CONFIG.get()}
    written = {key.removeprefix(prefix): value for key, value in found.items() if key.startswith(prefix)}
    return StackSettings(stack=pulumi.get_stack(), written=written)


OPEN_PREFIX = 8
"""A range wider than this is no list of administrators."""


def admin_cidr_problem(cidr: str) -> str | None:
    """What is wrong with a range of administrators' addresses, as the rest of a sentence; None where nothing is."""
    try:
        network = ipaddress.IPv4Network(cidr)
    except ValueError:
        return f"must hold IPv4 networks, as in 203.0.113.7/32, and {cidr!r} is none"
    if network.prefixlen < OPEN_PREFIX:
        return f"must not open the API server to the world, as {cidr!r} does"
    return None
