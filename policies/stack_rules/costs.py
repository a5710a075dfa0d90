"""What a stack may come to cost: the sum of `make cost`, against the budget that the stack's config names."""

from collections.abc import Iterator

from policies.graph import STACK, Graph, Node, StackRule
from policies.inputs import NotKnownYet
from policies.rule import Finding
from provider.protocol import has_unknown

BUDGET, REGION = "tradewind:budget_usd_month", "tradewind:region"
"""Of the stack's config. One without a region is on somebody's own machine, and costs nothing here."""


def _within_budget(_: Node, graph: Graph) -> Iterator[Finding]:
    budget, region = graph.config.get(BUDGET), graph.config.get(REGION)
    if not budget or not region:
        return
    # With a price book, whose reading most runs can do without.
    from costs.budget import at_most
    from costs.resources import Resource

    asked = [each for each in graph.nodes if each.asked]
    most = at_most([Resource(type=each.type, name=each.name, inputs=each.inputs.plain) for each in asked], region)
    if wrong := most.over(float(budget)):
        yield Finding("", wrong)
        return
    for unpriced in most.unpriced:
        if has_unknown(unpriced.resource.inputs):
            raise NotKnownYet(f"the price of {unpriced.resource.name}")
        told = f"nobody knows what {unpriced.resource.type} {unpriced.resource.name} costs: {unpriced.why}"
        yield Finding("", told)


within_budget = StackRule(
    name="stack-within-budget",
    on=(STACK,),
    severity="medium",
    must="A stack must cost at most its budget with each scaler at its maximum, or a surge is found on the bill first; "
    "what has no price cannot be held against it.",
    fix="lower the most replicas or the sizes, raise budget_usd_month, or add the row that misses to costs/book",
    check=_within_budget,
)

RULES = [within_budget]
