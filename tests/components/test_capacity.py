"""The measurement behind a card, and the replicas that follow from it."""

import json
from pathlib import Path
from typing import Any

import pytest

from components.capacity import Capacity, Measurements, doubt, load_measurements, predicted_replicas
from components.card import load_card
from components.validation import InvalidInput
from tests.components.samples import CAPACITY, a_capacity, a_card

BENTOS = Path(__file__).resolve().parents[2] / "bentos"


def refusal(folder: Path, **changes: Any) -> str:
    bento = folder / "bentos" / "embedder"
    bento.mkdir(parents=True)
    (bento / "capacity.json").write_text(json.dumps({"measurements": [CAPACITY | changes]}))
    with pytest.raises(InvalidInput) as caught:
        load_measurements(bento, a_card())
    [line] = str(caught.value).splitlines()
    return line


@pytest.mark.parametrize("bento", [path.parent for path in BENTOS.glob("*/card.yaml")], ids=lambda path: path.name)
def test_every_service_of_this_repository_was_measured_as_its_card_says(bento: Path):
    assert {each.service for each in load_measurements(bento, load_card(bento)).measurements} == {bento.name}


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
        (
            {"service": "reranker"},
            "measurements.0.service must be 'embedder', got 'reranker'. To fix: measure this service.",
        ),
        ({"size": "large"}, "measurements must hold one of the card's size ('small'), got large."),
        ({"p95_ms": 301.0}, "measurements.0.p95_ms must be within the card's slo.p95_ms (300), got 301."),
        ({"in_flight": 0}, "measurements.0.in_flight must be greater than or equal to 1, got 0."),
        ({"rps": 3}, "measurements.0.rps is not a known key, got 3."),
    ],
)
def test_a_measurement_that_does_not_belong_to_the_card_is_refused(tmp_path: Path, changes: dict[str, Any], said: str):
    assert refusal(tmp_path, **changes).startswith(f"bentos/embedder/capacity.json: {said}")


def on(cpu: str, rps: float, at: str = "2026-11-24", **changes: Any) -> Capacity:
    """A measurement on such a machine."""
    return a_capacity(measured={**CAPACITY["measured"], "cpu": cpu, "at": at}, rps_per_replica=rps, **changes)


FILE = Measurements(
    measurements=[on("slow", 5), on("fast", 20, "2026-01-01"), on("fast", 25), on("fast", 99, size="large")]
)


@pytest.mark.parametrize(("cpu", "rps"), [("fast", 25), ("slow", 5), ("another", 5), (None, 5)])
def test_the_newest_of_this_kind_of_machine_counts_and_elsewhere_the_slowest(cpu: str | None, rps: float):
    assert FILE.on(cpu, a_card()).rps_per_replica == rps


@pytest.mark.parametrize(
    ("limit", "rps", "start"), [("400m", 20.0, 6.0), ("200m", 10.0, 12.0), ("1", 50.0, 6.0), ("4", 50.0, 6.0)]
)
def test_rates_follow_the_limit_up_to_one_core(limit: str, rps: float, start: float):
    found = a_capacity(rps_per_replica=20.0).under(limit)
    assert (found.rps_per_replica, found.start_s, found.limits.cpu) == (rps, start, limit)


def test_a_measurement_from_elsewhere_or_under_other_limits_is_never_taken_in_silence():
    assert doubt(on("fast", 25), "fast") is None
    assert "as measured on fast; this platform has slow. To fix: make calibrate SERVICE=embedder" in str(
        doubt(on("fast", 25), "slow")
    )
    assert "times 2.5 for another CPU limit; this platform has processors that are not known" in str(
        doubt(on("fast", 25).under("1"), None)
    )
