"""`python -m policies.listing > policies/RULES.md`: every rule in a table, by topic."""

from collections.abc import Iterator

from policies.rule import Rule
from policies.rules import RULES, TOPICS


def page() -> str:
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Rules"
    yield ""
    yield f"{len(RULES)} rules, written by `python -m policies.listing`; a test holds this page to the code."
    yield "*prod*: binds stacks of that tier alone."
    for topic, rules in TOPICS.items():
        yield ""
        yield f"## {topic.replace('_', ' ')} ({len(rules)})"
        yield ""
        yield "| rule | severity | obligation and reason | answers |"
        yield "|---|---|---|---|"
        yield from map(_row, rules)


def _row(rule: Rule) -> str:
    prod = " *prod*" if rule.tiers == ("prod",) else ""
    return f"| `{rule.name}`{prod} | {rule.severity} | {rule.must} | {', '.join(rule.answers)} |"


if __name__ == "__main__":
    print(page(), end="")
