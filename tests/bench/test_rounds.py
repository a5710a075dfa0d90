"""Comparisons: who goes when, and what is made of the times."""

import pytest

from bench.rounds import Comparison, Measured, compare


def test_both_sides_run_in_turn_and_the_first_round_only_warms():
    order: list[str] = []
    told: list[str] = []
    found = compare("x", lambda: order.append("mine"), lambda: order.append("other"), 2, told.append)
    assert order == ["other", "mine", "mine", "other", "other", "mine"]
    assert len(found.measured_s) == len(found.compared_s) == len(told) == 2


def test_the_ratio_is_the_median_of_the_rounds_own():
    """Not that of the medians: a round that noise slowed on both sides counts as any other."""
    found = Comparison(name="x", measured_s=[2.0, 30.0, 1.0], compared_s=[1.0, 20.0, 1.0])
    assert found.ratios == [2.0, 1.5, 1.0]
    assert found.ratio == 1.5
    assert "1.50 (1.00 to 2.00 in 3 rounds; 2.00 s beside 1.00 s)" in str(found)


@pytest.mark.parametrize(("limit", "held"), [(None, True), (1.5, True), (1.49, False)])
def test_a_limit_is_held_up_to_its_value(limit: float | None, held: bool):
    found = Comparison(name="x", measured_s=[1.5], compared_s=[1.0], limit=limit)
    assert found.held is held
    assert ("NOT HELD" in str(found)) is not held
    assert found.document()["held"] is held


@pytest.mark.parametrize(("times", "held"), [([1.0, 1.5, 9.0], True), ([1.0, 1.6, 1.7], False)])
def test_what_is_promised_in_seconds_is_held_by_the_median(times: list[float], held: bool):
    measured = Measured(name="start", times_s=times, limit_s=1.5)
    assert measured.held == held
    assert str(measured).endswith("at most 1500: held" if held else "at most 1500: NOT HELD")
    assert measured.document()["median_s"] == times[1]
