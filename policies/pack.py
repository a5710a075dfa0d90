"""What the rules say of a stack and its resources: findings, those that are waived, those that wait for the update."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from policies.graph import Graph, Node, StackRule
from policies.inputs import Inputs, NotKnownYet
from policies.rule import Finding, Obligation, Rule, Tier, by_type
from policies.waivers import KEY, Waivers, read

Kind = Literal["violation", "waived", "deferred"]


class RuleFailed(Exception):
    """A rule raised, so that nothing is known of the resource; it never counts as a pass."""


@dataclass(frozen=True)
class Verdict:
    """One rule on one resource that does not simply pass."""

    rule: Obligation
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
    stack_rules: Collection[StackRule] = ()

    def __post_init__(self) -> None:
        self._by_type = by_type(rule for rule in self.rules if self.tier in rule.tiers)
        self._of_stacks = by_type(rule for rule in self.stack_rules if self.tier in rule.tiers)

    @classmethod
    def of(cls, rules: Collection[Rule], stack_rules: Collection[StackRule], config: Mapping[str, str]) -> "Pack":
        """As a stack's config asks for it; ValueError for waivers that are none."""
        known = read(config.get(KEY), {rule.name for rule in (*rules, *stack_rules)})
        tier = "dev" if config.get("tradewind:tier") == "dev" else "prod"
        return cls(rules, tier, known, stack_rules=stack_rules)

    def binding(self, token: str) -> list[Obligation]:
        """The rules on that type."""
        return [*self._by_type.get(token, ()), *self._of_stacks.get(token, ())]

    def judge(self, token: str, name: str, inputs: Inputs) -> Iterator[Verdict]:
        """What the rules for this type say of a resource named so. RuleFailed names the rule that raised."""
        for rule in self._by_type.get(token, ()):
            yield from self._judged(rule, token, name, lambda rule=rule: rule.check(inputs))

    def judge_stack(self, graph: Graph) -> Iterator[tuple[Node, Verdict]]:
        """What the stack rules say, each of the resources of its types that this run asks for. RuleFailed as above."""
        for node in (each for each in graph.nodes if each.asked):
            for rule in self._of_stacks.get(node.type, ()):
                for verdict in self._judged(
                    rule, node.type, node.name, lambda rule=rule, node=node: rule.check(node, graph)
                ):
                    yield node, verdict

    def _judged(
        self, rule: Obligation, token: str, name: str, check: Callable[[], Iterable[Finding]]
    ) -> Iterator[Verdict]:
        found: list[str] = []
        waits: NotKnownYet | None = None
        try:
            for each in check():
                found.append(rule.message(each))  # noqa: PERF401, what comes before NotKnownYet is kept
        except NotKnownYet as unknown:
            waits = unknown
        except Exception as error:
            raise RuleFailed(
                f"policies: rule {rule.name} failed on {name} ({token}): {type(error).__name__}: {error}. "
                "To fix: mend the rule; until then nothing is deployed."
            ) from error
        # What is wrong already stays so, whatever the rest turns out to be.
        yield from self._told(rule, name, found)
        if waits:
            yield Verdict(rule, name, "deferred", f"{rule.name} of {name} waits for {waits.path}")

    def _told(self, rule: Obligation, name: str, messages: Iterable[str]) -> Iterator[Verdict]:
        waiver = self.waivers.of(rule.name, name)
        for message in messages:
            if waiver is None:
                yield Verdict(rule, name, "violation", message)
            elif waiver.expires < self.today:
                ended = f"{message} Its waiver ended on {waiver.expires}: ask {waiver.owner}."
                yield Verdict(rule, name, "violation", ended)
            else:
                yield Verdict(rule, name, "waived", f"{message} Now {waiver.said}.")
