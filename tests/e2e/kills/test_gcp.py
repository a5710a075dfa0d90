"""Kills of the engine on Google Cloud."""

from tests.e2e.checkout import Checkout
from tests.e2e.kills.kills import kill_and_carry_on


def test_after_kills_of_the_engine_one_make_up_finds_all(checkout: Checkout):
    kill_and_carry_on(checkout, "gcp")
