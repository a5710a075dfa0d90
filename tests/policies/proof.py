"""What the table of insecure values says of the rules, in numbers."""

from collections.abc import Iterator

from policies.rules import RULES, TOPICS
from tests.policies import table
from tests.policies.test_table import ROWS, VARIANTS, alone, found


def lines() -> Iterator[str]:
    """A line for each thing that is counted."""
    caught = [found(row.resource) for row in ROWS]
    noticed = alone(caught)
    yield f"rules: {len(RULES)}"
    for topic, rules in TOPICS.items():
        yield f"  {topic.replace('_', ' ')}: {len(rules)}"
    yield f"insecure changes caught: {sum(map(bool, caught))} of {len(ROWS)}"
    yield f"rules whose removal is noticed: {sum(rule.name in noticed for rule in RULES)} of {len(RULES)}"
    yield f"findings on {len(table.good())} good resources: {sum(len(found(each)) for each in table.good().values())}"
    yield f"findings on {len(VARIANTS)} variants: {sum(len(found(each)) for _, stack in VARIANTS for each in stack)}"
