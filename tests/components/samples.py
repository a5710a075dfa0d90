"""A card and a measurement that comply in full; each test changes what it is about."""

from typing import Any

from components.capacity import Capacity, Measurements
from components.card import Card

CARD: dict[str, Any] = {
    "name": "embedder",
    "summary": "Sentences to unit vectors.",
    "model": {"name": "all-MiniLM-L6-v2", "version": "1"},
    "load": {"base_rps": 5, "peak_rps": 75, "shape": "swell"},
    "slo": {"p95_ms": 300, "error_rate": 0.001, "timeout_s": 5, "scale_up_s": 30, "scale_down_s": 120},
    "scale": {"min": 1, "max": 3, "spare": 0.2},
    "size": "small",
    "batch": {"size": 32, "wait_ms": 5},
    "sample": {"texts": ["a model service"]},
}

CAPACITY: dict[str, Any] = {
    "service": "embedder",
    "measured": {"at": "2026-11-24", "how": "steps", "cpu": "a CPU", "cores": 2, "duration_s": 60, "seeds": [1]},
    "size": "small",
    "limits": {"cpu": "400m", "memory": "512Mi"},
    "service_time_ms": {"mean": 8.0, "cv": 0.4},
    "full_rps": 50.0,
    "in_flight": 24,
    "rps_per_replica": 34.0,
    "p95_ms": 210.0,
    "response_ms": 18.0,
    "start_s": 6.0,
}

AT_ZERO: dict[str, Any] = {
    "scale": {"min": 0, "max": 3, "spare": 0.2},
    "slo": CARD["slo"] | {"timeout_s": 20},
}
"""Changes of the card, for a service that has no replica while nobody calls it."""


def a_card(**changes: Any) -> Card:
    return Card.model_validate(CARD | changes)


def measured(**changes: Any) -> Measurements:
    """A Bento's file with one measurement."""
    return Measurements(measurements=[a_capacity(**changes)])


def a_capacity(**changes: Any) -> Capacity:
    return Capacity.model_validate(CAPACITY | changes)
