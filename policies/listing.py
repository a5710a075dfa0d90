"""`python -m policies.listing > policies/RULES.md`: every rule in a table, by topic."""

from collections.abc import Iterator, Sequence

from policies.rule import Obligation
from policies.rules import RULES, TOPICS
from policies.stack_rules import STACK_RULES, STACK_TOPICS


def page() -> str:
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Rules"
    yield ""
    count = f"{len(RULES) + len(STACK_RULES)} rules, {len(STACK_RULES)} of them on a stack as a whole"
    yield f"{count}: written by `python -m policies.listing`; a test holds this page to the code."
    yield "*prod*: binds stacks of that tier alone."
    for topic, rules in TOPICS.items():
        yield from _table(topic.replace("_", " "), rules)
    for topic, rules in STACK_TOPICS.items():
        yield from _table(f"the whole stack: {topic.replace('_', ' ')}", rules)


def _table(title: str, rules: Sequence[Obligation]) -> Iterator[str]:
    yield ""
    yield f"## {title} ({len(rules)})"
    yield ""
    yield "| rule | severity | obligation and reason | answers |"
    yield "|---|---|---|---|"
    yield from map(_row, rules)


def _row(rule: Obligation) -> str:
    prod = " *prod*" if rule.tiers == ("prod",) else ""
    return f"| `{rule.name}`{prod} | {rule.severity} | {rule.must} | {', '.join(rule.answers)} |"


if __name__ == "__main__":
    print(page(), end="")
