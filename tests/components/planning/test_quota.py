"""Work under a quota of 400m ends when the kernel would let it: 40 ms in each period of 100, of the pod and the container."""

import random

import pytest

from components.planning.quota import PERIOD_S, Quota


def test_what_fits_into_a_period_is_done_at_once():
    assert Quota(0.4, (0.0, 0.0)).done(0.02, 0.04) == pytest.approx(0.06)


def test_what_does_not_fit_waits_for_the_next_period():
    assert Quota(0.4, (0.0, 0.0)).done(0.03, 0.08) == pytest.approx(0.14)


def test_a_burst_over_the_border_of_one_groups_period_is_held_up_by_the_other():
    """The pod's begins at 50 ms: 40 ms are there until 70, then 20 from 100 on, and the rest at 150."""
    assert Quota(0.4, (0.0, 0.05)).done(0.03, 0.08) == pytest.approx(0.17)


def test_what_was_left_of_an_earlier_period_is_lost():
    quota = Quota(0.4, (0.0, 0.0))
    assert quota.done(0.0, 0.01) == pytest.approx(0.01)
    assert quota.done(0.5, 0.05) == pytest.approx(0.61)


@pytest.mark.parametrize("seed", range(5))
def test_in_the_long_run_both_give_what_one_gives(seed: int):
    chance = random.Random(seed)
    quota = Quota(0.4, [chance.random() * PERIOD_S for _ in range(2)])
    now = 0.0
    for _ in range(1000):
        now = quota.done(now, 0.02)
    assert now == pytest.approx(1000 * 0.02 / 0.4, rel=0.01)
