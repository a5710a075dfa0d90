"""Replicas at four loads."""

import pytest

from costs.load import POINTS, replicas
from tests.components.samples import a_capacity, a_card


@pytest.mark.parametrize(
    ("base", "peak", "expected"),
    [
        (5, 75, (1, 1, 3, 6)),  # 75 / 34 x 1.2 = 2.6
        (28.3, 28.4, (1, 1, 2, 6)),  # a replica carries 28.33 with the card's spare
        (60, 6000, (1, 3, 6, 6)),
    ],
)
def test_by_the_cards_load_and_within_its_bounds(base: float, peak: float, expected: tuple[int, ...]):
    card = a_card(load={"base_rps": base, "peak_rps": peak, "shape": "swell"}, scale={"min": 1, "max": 6, "spare": 0.2})
    assert tuple(replicas(card, a_capacity())[point] for point in POINTS) == expected
