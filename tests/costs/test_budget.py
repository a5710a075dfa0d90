"""The most that a stack can come to cost, against its budget: the figures are those of samples.a_stack()."""

import pytest

from costs.budget import at_most
from costs.resources import Resource
from tests.costs.samples import REGION, a_book, a_scaler, a_stack

MOST = 451.95 + 3 * 25.55


@pytest.mark.parametrize("budget", [MOST, MOST + 0.01, 10_000])
def test_what_costs_no_more_than_the_budget_passes(budget: float):
    assert at_most(a_stack(), REGION, a_book()).over(round(budget, 2)) is None


@pytest.mark.parametrize("budget", [MOST - 0.01, 1])
def test_a_cent_more_is_told_with_both_figures(budget: float):
    words = at_most(a_stack(), REGION, a_book()).over(round(budget, 2))
    assert words == (
        f"528.60 USD a month at most (platform 451.95, embedder 76.65), over budget_usd_month, {round(budget, 2):,.2f}"
    )


def test_one_replica_more_is_one_replica_more():
    stack = [a_scaler(maxReplicaCount=4) if each.name == "embedder-scaler" else each for each in a_stack()]
    assert at_most(stack, REGION, a_book()).bill.total == pytest.approx(MOST + 25.55)


def test_what_has_no_price_is_named_beside_the_bill():
    stack = [*a_stack(), Resource(type="sky:queue:Queue", name="jobs", inputs={})]
    most = at_most(stack, REGION, a_book())
    assert most.beside == "; without what has no price: sky:queue:Queue jobs"
    assert (most.over(1) or "").endswith(most.beside)
    assert most.over(10_000) is None
