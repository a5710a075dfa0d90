"""Replicas for a load, from single requests."""

import pytest

from components.planning.plan import needed, points
from tests.components.samples import a_capacity, a_card

CARD = a_card(load={"base_rps": 5, "peak_rps": 95, "shape": "swell"}, scale={"min": 1, "max": 4, "spare": 0.2})


def test_each_point_of_the_load_has_its_replicas_and_what_they_do():
    found = points(CARD, a_capacity())
    assert [point.rps for point in found] == [5, 27.5, 50, 72.5, 95]
    assert [point.needed for point in found] == sorted(point.needed or 99 for point in found)
    assert all(point.needed <= point.asked for point in found if point.needed)
    assert [point.p95_ms < 300 for point in found] == [True] * 5


def test_where_the_most_do_not_keep_the_slo_nothing_is_enough():
    assert needed(CARD, a_capacity(), 1000, most=4) is None


@pytest.mark.parametrize("p95_ms", [20, 300])
def test_a_tighter_promise_takes_more_replicas(p95_ms: int):
    slo = {"p95_ms": p95_ms, "error_rate": 0.001, "timeout_s": 5, "scale_up_s": 30, "scale_down_s": 120}
    assert needed(a_card(slo=slo), a_capacity(), 60, most=9) == {20: 3, 300: 2}[p95_ms]
