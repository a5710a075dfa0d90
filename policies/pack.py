"""What the rules say of a resource in a stack: findings, those that are waived, and those that wait for the update."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from policies.inputs import Inputs, NotKnownYet
from policies.rule import Rule, Tier, by_type
from policies.waivers import Waivers

Kind = Literal["violation", "waived", "deferred"]


class RuleFailed(Exception):
    """A rule raised, so that nothing is known of the resource; it never counts as a pass."""


@dataclass(frozen=True)
class Verdict:
    """One rule on one resource that does not simply pass."""

    rule: Rule
    resource: str
    kind: Kind
    message: str


@dataclass
class Pack:
    """Rules as they bind one stack."""

    rules: Collection[Rule]
    tier: Tier = "prod"
    """The stricter, where a stack does not say."""
    waivers: Waivers = field(default_factory=Waivers)
    today: date = field(default_factory=date.today)

    def __post_init__(self) -> None:
        self._by_type = by_type(rule for rule in self.rules if self.tier in rule.tiers)

    def judge(self, token: str, name: str, inputs: Inputs) -> Iterator[Verdict]:
        """What the rules for this type say of a resource named so. RuleFailed names the rule that raised."""
        for rule in self._by_type.get(token, ()):
            try:
                findings = list(rule.check(inputs))
            except NotKnownYet as waits:
                yield Verdict(rule, name, "deferred", f"{rule.name} of {name} waits for {waits.path}")
                continue
            except Exception as error:
                raise RuleFailed(
                    f"policies: rule {rule.name} failed on {name} ({token}): {type(error).__name__}: {error}. "
                    "To fix: mend the rule; until then nothing is deployed."
                ) from error
            yield from self._told(rule, name, (rule.message(each) for each in findings))

    def _told(self, rule: Rule, name: str, messages: Iterable[str]) -> Iterator[Verdict]:
        waiver = self.waivers.of(rule.name, name)
        for message in messages:
            if waiver is None:
                yield Verdict(rule, name, "violation", message)
            elif waiver.expires < self.today:
                ended = f"{message} Its waiver ended on {waiver.expires}: ask {waiver.owner}."
                yield Verdict(rule, name, "violation", ended)
            else:
                yield Verdict(rule, name, "waived", f"{message} Now {waiver.said}.")
