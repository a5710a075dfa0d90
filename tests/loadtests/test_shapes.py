"""The offered load is known before the run: its arithmetic, its lengths, its bounds."""

from pathlib import Path

import pytest

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


def test_the_surge_and_the_ebb_are_as_long_as_the_card_allows(tmp_path: Path):
    load = Load(a_card(tmp_path, slo={"scale_up_s": 47, "scale_down_s": 90}))
    lengths = {s.name: s.end - s.begin for s in load.stretches}
    assert lengths["surge"] == 47
    assert lengths["ebb"] == 95


@pytest.mark.parametrize("shape", [name for name in SHAPES if name not in ("overload", "step")])
def test_each_shape_is_whole(tmp_path: Path, shape: str):
    load = Load(a_card(tmp_path, load={"shape": shape}))
    assert load.plateau.rps_begin == load.plateau.rps_end == 75
    assert load.plateau.end - load.plateau.begin >= 50, "a shorter plateau leaves p95 to chance"
    assert load.offered(load.fall + 1) == load.base_rps
    assert load.stretches[-1].name == "ebb"
    assert all(a.end == b.begin for a, b in zip(load.stretches, load.stretches[1:], strict=False))
    assert load.seconds < 600


def test_another_shape_than_the_cards_is_taken(tmp_path: Path):
    assert Load(a_card(tmp_path), "spike").stretches[1].name == "surge"


def test_there_is_a_caller_for_each_request_though_all_take_as_long_as_they_may(swell: Load):
    mean = 75 * (5 + 1)
    assert swell.callers == pytest.approx(mean + 5 * mean**0.5, abs=2)


def test_a_load_that_one_generator_cannot_offer_is_refused_with_the_fix(tmp_path: Path):
    with pytest.raises(ValueError, match=r"peak_rps 900 .* needs 5769 callers.*To fix: lower load.peak_rps"):
        Load(a_card(tmp_path, load={"peak_rps": 900}))
