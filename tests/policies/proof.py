"""What the table of insecure values, and Checkov, say of the rules, in numbers."""

from collections.abc import Iterator

from policies.rules import RULES
from policies.stack_rules import STACK_RULES
from tests.policies import table
from tests.policies.areas import areas
from tests.policies.test_second_oracle import DIFFERENCES, confirmed
from tests.policies.test_stack_table import ROWS as OF_STACKS
from tests.policies.test_stack_table import caught as caught_in_a_stack
from tests.policies.test_table import ROWS, VARIANTS, alone, found


def lines() -> Iterator[str]:
    """A line for each thing that is counted."""
    caught = [found(row.resource) for row in ROWS]
    in_stacks = [caught_in_a_stack(row) for row in OF_STACKS]
    noticed, rules = alone(caught) | alone(in_stacks), [*RULES, *STACK_RULES]
    seen, cited = confirmed()
    yield f"rules: {len(rules)}"
    for area in areas():
        yield f"  {area.name}: {area.rules}, of {area.at_least} at least"
    yield f"insecure changes caught: {sum(map(bool, caught))} of {len(ROWS)}"
    yield f"insecure changes of our own stacks caught: {sum(map(bool, in_stacks))} of {len(in_stacks)}"
    yield f"rules whose removal is noticed: {sum(rule.name in noticed for rule in rules)} of {len(rules)}"
    yield f"findings on {len(table.good())} good resources: {sum(len(found(each)) for each in table.good().values())}"
    yield f"findings on {len(VARIANTS)} variants: {sum(len(found(each)) for _, stack in VARIANTS for each in stack)}"
    yield f"checks of Checkov's that the table cites, and Checkov confirms: {seen} of {cited}"
    yield f"what Checkov has against our stacks and we have not, each with the reason: {len(DIFFERENCES)}"
