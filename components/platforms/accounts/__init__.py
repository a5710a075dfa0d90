"""What a real account says of itself, asked through its owner's own command line, and nothing but reading."""

import importlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from airgap.check import Check


@dataclass(frozen=True, kw_only=True)
class Need:
    """What a stack takes of one quota."""

    what: str
    taker: str
    """Type of the resource that takes it."""
    count: Mapping[str, int]
    """By tier: how many of these a stack has."""
    each: int = 1
    """How much of the quota one takes."""

    def still(self, tier: str, there: Mapping[str, int]) -> int:
        """How much the stack will take beyond what it has; `there` counts its resources by type."""
        return self.each * max(0, self.count[tier] - there.get(self.taker, 0))

    def check(self, more: int, used: float, limit: float, fix: str) -> Check:
        detail = f"{used:g} of {limit:g} in use, the stack takes {more} more"
        if used + more > limit:
            return Check(what=self.what, answer="missing", detail=detail, fix=fix)
        return Check(what=self.what, answer="found", detail=detail)


class Account(Protocol):
    """The account, or project, and region that a stack's settings name."""

    key: str
    """The setting that names it: `account`, `project`."""
    programs: Mapping[str, str]
    """Command lines that a person's machine must have: where each comes from."""
    package: str
    """Of the provider's plugin."""
    secrets_provider: str
    """Keeps the stack's secrets, as `pulumi stack init --secrets-provider` takes it; <words> are the person's."""

    def identity(self) -> Check:
        """Whose the credentials are that Pulumi would use; missing where they are not of this account."""
        ...

    def region_open(self) -> Check: ...

    def services(self, keys: Collection[str]) -> Iterator[Check]:
        """What has to be turned on; `keys`: settings that the stack has and does not deny, and what cards ask for."""
        ...

    def quotas(self, tier: str, there: Mapping[str, int]) -> Iterator[Check]:
        """Whether what the stack still takes fits; `there` as in Need."""
        ...


def key_of(kind: str) -> str:
    """The setting by which stacks of a platform name their account."""
    return _module(kind).KEY


def open_account(kind: str, id: str, region: str) -> Account:
    return _module(kind).open_account(id, region)


def _module(kind: str):
    return importlib.import_module(f"components.platforms.accounts.{kind}")
