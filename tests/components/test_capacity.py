"""The measurement behind a card, and the replicas that follow from it."""

import json
from pathlib import Path
from typing import Any

import pytest

from components.capacity import load_capacity, predicted_replicas
from components.card import load_card
from components.validation import InvalidInput
from tests.components.samples import CAPACITY, a_capacity, a_card

BENTOS = Path(__file__).resolve().parents[2] / "bentos"


def refusal(folder: Path, **changes: Any) -> str:
    bento = folder / "bentos" / "embedder"
    bento.mkdir(parents=True)
    (bento / "capacity.json").write_text(json.dumps(CAPACITY | changes))
    with pytest.raises(InvalidInput) as caught:
        load_capacity(bento, a_card())
    [line] = str(caught.value).splitlines()
    return line


@pytest.mark.parametrize("bento", [path.parent for path in BENTOS.glob("*/card.yaml")], ids=lambda path: path.name)
def test_every_service_of_this_repository_was_measured_as_its_card_says(bento: Path):
    assert load_capacity(bento, load_card(bento)).service == bento.name


@pytest.mark.parametrize(
    ("offered", "expected"),
    [(0, 1), (5, 1), (28.3, 1), (28.4, 2), (34, 2), (56.7, 3), (75, 3), (1000, 3)],
)
def test_replicas_carry_the_offered_rate_and_the_spare_within_the_bounds(offered: float, expected: int):
    assert predicted_replicas(a_card(), a_capacity(rps_per_replica=34.0), offered) == expected


def test_a_rate_that_fits_exactly_needs_no_replica_more():
    card = a_card(scale={"min": 1, "max": 9, "spare": 0.1})
    assert predicted_replicas(card, a_capacity(rps_per_replica=10.0), 30 / 1.1) == 3


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"service": "reranker"}, "service must be 'embedder', got 'reranker'. To fix: measure this service."),
        ({"size": "large"}, "size must be the card's ('small'), got 'large'."),
        ({"p95_ms": 301.0}, "p95_ms must be within the card's slo.p95_ms (300), got 301."),
        ({"in_flight": 0}, "in_flight must be greater than or equal to 1, got 0."),
        ({"rps": 3}, "rps is not a known key, got 3."),
    ],
)
def test_a_measurement_that_does_not_belong_to_the_card_is_refused(tmp_path: Path, changes: dict[str, Any], said: str):
    assert refusal(tmp_path, **changes).startswith(f"bentos/embedder/capacity.json: {said}")
