"""What an audit found: every verdict, and by which rules each resource was judged."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from policies.audit.live import Found
from policies.graph import Graph
from policies.kubernetes import all_written
from policies.pack import Pack, Verdict
from policies.rule import Obligation

Where = Literal["state", "cluster"]


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One resource, or one object of the cluster."""

    where: Where
    type: str
    name: str
    """In Pulumi; of an object `namespace/name`."""
    rules: Sequence[str]
    """Those that bind its type."""
    verdicts: Sequence[Verdict]
    """Of what does not comply, is waived, or could not be judged."""


@dataclass(frozen=True, kw_only=True)
class Audit:
    """Of one stack at one time."""

    stack: str
    pack: Pack
    judged: Sequence[Judged]
    cluster: str | None = None
    """Why its objects were not looked at; None where they were."""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def told(self, kind: str) -> list[tuple[Judged, Verdict]]:
        return [(each, verdict) for each in self.judged for verdict in each.verdicts if verdict.kind == kind]

    @property
    def findings(self) -> list[tuple[Judged, Verdict]]:
        return self.told("violation")

    @property
    def checks(self) -> int:
        return sum(len(each.rules) for each in self.judged)

    def count(self, where: Where) -> int:
        return sum(each.where == where for each in self.judged)

    def coverage(self) -> Mapping[str, Mapping[str, str]]:
        """By framework and item, the worst that the rules which answer it had to say; "not asked" where none was."""
        asked = Counter(name for each in self.judged for name in each.rules)
        worst = {verdict.rule.name: "waived" for _, verdict in self.told("waived")}
        worst |= {verdict.rule.name: "not judged" for _, verdict in self.told("deferred")}
        worst |= {verdict.rule.name: "found" for _, verdict in self.findings}
        items: dict[str, dict[str, str]] = {}
        for rule in (*self.pack.rules, *self.pack.stack_rules):
            says = worst.get(rule.name, "held") if asked[rule.name] else "not asked"
            for answer in rule.answers:
                framework, item = framework_of(answer)
                before = items.setdefault(framework, {}).get(item, "not asked")
                items[framework][item] = max(before, says, key=WORSE.index)
        return items


AT_ADMISSION = frozenset(each.name for each in all_written() if not each.not_at_admission)
"""What else is said of a Kubernetes object is said of how a program writes it: the API server fills in the rest."""

WORSE = ("not asked", "held", "waived", "not judged", "found")


def framework_of(answer: str) -> tuple[str, str]:
    """("CIS EKS", "5.1.1") of "CIS EKS 5.1.1"; a checker's number says whose it is by its beginning."""
    if answer.startswith("CKV"):
        return "Checkov", answer
    framework, _, item = answer.partition(": ") if ": " in answer else answer.rpartition(" ")
    return framework, item


def judge(graph: Graph, pack: Pack, live: Iterable[Found] = ()) -> list[Judged]:
    """Every resource by itself and in its stack, and every object of the cluster as its admission would judge it.

    RuleFailed names a rule that raised.
    """
    admission = Pack([rule for rule in pack.rules if rule.name in AT_ADMISSION], pack.tier, pack.waivers, pack.today)
    of_stack: dict[str, list[Verdict]] = {}
    for node, verdict in pack.judge_stack(graph):
        of_stack.setdefault(node.urn, []).append(verdict)
    resources = [
        Judged(
            where="state",
            type=node.type,
            name=node.name,
            rules=_names(pack.binding(node.type)),
            verdicts=[*pack.judge(node.type, node.name, node.inputs), *of_stack.get(node.urn, ())],
        )
        for node in graph.nodes
    ]
    objects = [
        Judged(
            where="cluster",
            type=each.type,
            name=each.place,
            rules=_names(admission.binding(each.type)),
            verdicts=list(admission.judge(each.type, each.owner, each.inputs)),
        )
        for each in live
    ]
    return [*resources, *objects]


def _names(rules: Iterable[Obligation]) -> list[str]:
    return [rule.name for rule in rules]
