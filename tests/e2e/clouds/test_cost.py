"""`make cost`: each cloud stack's bill by the engine's own plan of it, with nobody's account."""

import re

import pytest

from tests.e2e.checkout import Checkout
from tests.e2e.counts import FULL

STACKS = ["aws-dev", "aws-prod", "gcp-dev", "gcp-prod"] if FULL else ["aws-prod", "gcp-prod"]


@pytest.mark.parametrize("stack", STACKS)
def test_a_stacks_services_and_its_total_are_told_at_four_loads(checkout: Checkout, stack: str):
    told = checkout.make("cost", f"STACK={stack}").ok().stdout
    assert re.search(r"^embedder, \d+ \d+ \d+ \d+ replicas +(\d[\d,.]* *){4}$", told, re.MULTILINE), told
    [total] = re.findall(r"^total +(.*?) *$", told, re.MULTILINE)
    usd = [float(each.replace(",", "")) for each in total.split()]
    assert len(usd) == 4 and 0 < usd[0] <= usd[-1]


def test_nothing_runs_on_afterwards(checkout: Checkout):
    assert checkout.leftovers({}) == []
