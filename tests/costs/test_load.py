"""Replicas at four loads."""

import pytest

from components.naming import CAPACITY
from costs.load import POINTS, planned_loads, replicas
from costs.resources import Resource
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


def test_a_plan_tells_of_the_services_that_it_deploys():
    annotations = {CAPACITY: a_capacity().model_dump_json()}
    inputs = {"metadata": {"name": "embedder", "annotations": annotations}, "spec": {}}
    deployed = Resource(type="kubernetes:apps/v1:Deployment", name="embedder", inputs=inputs)
    card, other = a_card(), a_card(name="reranker")
    assert planned_loads([deployed], [card, other]) == {"embedder": replicas(card, a_capacity())}
