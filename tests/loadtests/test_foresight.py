"""How far the simulation was from a run, as figures of the report."""

from dataclasses import replace
from pathlib import Path

import pytest

from components.card import Card
from components.service.scaling import scaled_object_spec
from loadtests.evidence import Evidence
from loadtests.foresight import beside_oracle, foresee, off_by
from loadtests.shapes import Load
from tests.loadtests.samples import OFF_BY, a_capacity, a_card, as_foreseen, with_ready


def test_a_run_that_came_as_foreseen_is_off_by_nothing(run: Evidence):
    assert off_by(as_foreseen(run)) == dict.fromkeys(OFF_BY, 0)


def test_replicas_that_came_later_are_off_in_those_seconds(run: Evidence):
    seconds = int(run.ended)
    found = off_by(as_foreseen(run, shift=5))
    assert found and found["ready"] == pytest.approx(2 * 2 * 5 / seconds, abs=1e-3)
    assert found["replica_seconds"] == 0, "as many seconds earlier at both ends"
    assert off_by(with_ready(as_foreseen(run), 40, 60, 1))["replica_seconds"] == pytest.approx(
        40 / (seconds + 2 * 86), abs=0.03
    )


def test_a_replica_that_chance_may_bring_is_off_by_nothing_beyond_it(run: Evidence):
    told = as_foreseen(with_ready(run, 40, 60, 2))
    beside = replace(run, foreseen=[replace(each, most=3) for each in told.foreseen])
    found = off_by(beside)
    assert found and found["beyond_chance"] == found["replica_seconds_beyond_chance"] == 0
    assert found["ready"] > 0 > found["replica_seconds"]


def plateau(folder: Path, peak_rps: float) -> set[tuple[int, int]]:
    """The least and the most that are foreseen in the plateau, where one replica is to carry 28.3 requests a second."""
    card: Card = a_card(folder, load={"peak_rps": peak_rps})
    capacity = a_capacity(folder, card)
    there = {"metadata": {"annotations": {}}, "spec": scaled_object_spec(card, capacity, "http://p")}
    load = Load(card)
    told = foresee(load, card, capacity, there)
    return {(each.least, each.most) for each in told if load.plateau.begin <= each.second < load.plateau.end}


def test_chance_has_a_word_where_the_rate_is_near_to_a_target(tmp_path: Path):
    assert plateau(tmp_path / "far", 20) == {(1, 1)}
    assert plateau(tmp_path / "near", 30) == {(1, 2)}


def test_where_nothing_was_foreseen_there_is_no_figure(run: Evidence):
    assert off_by(replace(run, foreseen=())) is None


def test_a_run_is_held_against_the_least_replicas_that_could_have_met_it(run: Evidence, tmp_path: Path):
    card = a_card(tmp_path / "again", scale={"max": 6})
    found = beside_oracle(run, card, a_capacity(tmp_path, card))
    assert found["replica_seconds"] == sum(run.desired_at(second) for second in range(int(run.ended)))
    assert found["ratio"] == pytest.approx(found["replica_seconds"] / found["oracle"], abs=1e-3)
    assert found["oracle"] < found["replica_seconds"]
