"""How far the simulation was from a run, as figures of the report."""

from dataclasses import replace
from pathlib import Path

import pytest

from loadtests.evidence import Evidence
from loadtests.foresight import beside_oracle, off_by
from tests.loadtests.samples import a_capacity, a_card, as_foreseen, with_ready


def test_a_run_that_came_as_foreseen_is_off_by_nothing(run: Evidence):
    assert off_by(as_foreseen(run)) == {"ready": 0, "replica_seconds": 0}


def test_replicas_that_came_later_are_off_in_those_seconds(run: Evidence):
    seconds = int(run.ended)
    found = off_by(as_foreseen(run, shift=5))
    assert found and found["ready"] == pytest.approx(2 * 2 * 5 / seconds, abs=1e-3)
    assert found["replica_seconds"] == 0, "as many seconds earlier at both ends"
    assert off_by(with_ready(as_foreseen(run), 40, 60, 1))["replica_seconds"] == pytest.approx(
        40 / (seconds + 2 * 86), abs=0.03
    )


def test_where_nothing_was_foreseen_there_is_no_figure(run: Evidence):
    assert off_by(replace(run, foreseen=())) is None


def test_a_run_is_held_against_the_least_replicas_that_could_have_met_it(run: Evidence, tmp_path: Path):
    card = a_card(tmp_path / "again", scale={"max": 6})
    found = beside_oracle(run, card, a_capacity(tmp_path, card))
    assert found["replica_seconds"] == sum(run.desired_at(second) for second in range(int(run.ended)))
    assert found["ratio"] == pytest.approx(found["replica_seconds"] / found["oracle"], abs=1e-3)
    assert found["oracle"] < found["replica_seconds"]
