"""The offered load is known before the run: its arithmetic, its lengths, its bounds."""

import random
from pathlib import Path

import pytest

from loadtests.arrivals import Pace
from loadtests.shapes import SHAPES, Load
from tests.loadtests.samples import a_card


@pytest.fixture
def swell(tmp_path: Path) -> Load:
    return Load(a_card(tmp_path))


@pytest.mark.parametrize(
    ("second", "rps"), [(0, 5), (19.9, 5), (20, 5), (27.5, 40), (35, 75), (60, 75), (124.9, 75), (125, 5), (999, 5)]
)
def test_the_rate_of_each_moment_follows_from_the_table(swell: Load, second: float, rps: float):
    assert swell.offered(second) == pytest.approx(rps)


@pytest.mark.parametrize("second", [0, 10, 35, 60, 130])
def test_users_over_cycle_is_the_offered_rate(swell: Load, second: float):
    assert swell.users(second) / swell.cycle_s == pytest.approx(swell.offered(second), rel=0.02)


def test_a_cycle_is_longer_than_any_request_may_take(swell: Load):
    assert swell.cycle_s > 5


def test_the_surge_and_the_ebb_are_as_long_as_the_card_allows(tmp_path: Path):
    load = Load(a_card(tmp_path, slo={"scale_up_s": 47, "scale_down_s": 90}))
    lengths = {s.name: s.end - s.begin for s in load.stretches}
    assert lengths["surge"] == 47
    assert lengths["ebb"] == 95


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_is_whole(tmp_path: Path, shape: str):
    load = Load(a_card(tmp_path, load={"shape": shape}))
    assert load.plateau.rps_begin == load.plateau.rps_end == 75
    assert load.plateau.end - load.plateau.begin >= 50, "a shorter plateau leaves p95 to chance"
    assert load.offered(load.fall + 1) == load.base_rps
    assert load.stretches[-1].name == "ebb"
    assert all(a.end == b.begin for a, b in zip(load.stretches, load.stretches[1:], strict=False))
    assert load.seconds < 600


def test_the_requests_of_a_run_are_the_area_under_the_curve(swell: Load):
    assert swell.requests() == pytest.approx(20 * 5 + 15 * 40 + 90 * 75 + 125 * 5, abs=1)


def test_a_load_that_one_generator_cannot_offer_is_refused_with_the_fix(tmp_path: Path):
    with pytest.raises(ValueError, match=r"peak_rps 900 .* needs 5400 users.*To fix: lower load.peak_rps"):
        Load(a_card(tmp_path, load={"peak_rps": 900}))


def test_arrivals_keep_the_offered_rate_from_the_first_second_on():
    starts = [0] * 40
    for user in range(2000):
        pace, now = Pace(6.0, random.Random(f"1:{user}"), 0.0), 0.0
        while (now := now + pace.wait(now)) < len(starts):
            starts[int(now)] += 1
    mean = 2000 / 6.0
    assert all(abs(count - mean) < 5 * mean**0.5 for count in starts), starts


def test_a_slow_answer_does_not_shift_the_timetable():
    pace = Pace(6.0, random.Random(1), 0.0)
    first = pace.wait(0.0)
    planned = pace.next_start
    assert first > 0
    assert pace.wait(planned + 2.0) == 0.0, "overdue: at once"
    assert pace.next_start < planned + 2.0 + 9.0


def test_the_same_seed_gives_the_same_timetable():
    def starts(seed: str) -> list[float]:
        pace = Pace(6.0, random.Random(seed), 0.0)
        return [pace.wait(0.0) for _ in range(20)]

    assert starts("1:7") == starts("1:7") != starts("1:8")
