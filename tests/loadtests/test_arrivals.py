"""Each arrival's moment is known before the run: its rate is the load's, its unevenness that of its process."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.arrivals import FEWEST_IN_A_TRACE, constant, gaps, moments, poisson, recorded
from loadtests.shapes import Load, Stretch
from tests.loadtests.samples import a_card


@pytest.fixture
def swell(tmp_path: Path) -> Load:
    return Load(a_card(tmp_path))


def a_trace(folder: Path, *, lines: list[str] | None = None) -> Path:
    """Bursts of four arrivals, one burst every second."""
    file = folder / "trace.csv"
    bursts = [f"{second + 0.01 * i},whatever" for second in range(50) for i in range(4)]
    file.write_text("\n".join(lines if lines is not None else bursts) + "\n")
    return file


def flat(rps: float, seconds: float) -> list[Stretch]:
    return [Stretch("plateau", 0.0, seconds, rps, rps)]


@pytest.mark.parametrize("process", ["poisson", "constant"])
@pytest.mark.parametrize("shape", ["steady", "swell", "spike", "diurnal"])
def test_every_ten_seconds_get_what_the_load_offers(tmp_path: Path, process: str, shape: str):
    load = Load(a_card(tmp_path, load={"base_rps": 50, "peak_rps": 500}), shape)
    counts, edges = np.histogram(moments(load.stretches, gaps(process, 3)), np.arange(0, load.seconds, 10))
    offered = np.array([sum(load.offered(e + i + 0.5) for i in range(10)) for e in edges[:-1]])
    assert np.all(np.abs(counts - offered) < 5 * np.sqrt(offered))


def test_poisson_counts_have_a_dispersion_of_one():
    found = np.asarray(moments(flat(200, 500), poisson(1)))
    counts = np.histogram(found, np.arange(0, 500, 0.02))[0]
    assert len(counts) > 20_000
    assert counts.var() / counts.mean() == pytest.approx(1, abs=0.05)


def test_a_metronome_has_equal_gaps():
    found = moments(flat(200, 5), constant())
    assert np.diff(found) == pytest.approx(1 / 200)
    assert len(found) == 1000


def test_the_same_seed_gives_the_same_moments_and_another_gives_others(swell: Load):
    assert (
        moments(swell.stretches, poisson(1))
        == moments(swell.stretches, poisson(1))
        != moments(swell.stretches, poisson(2))
    )


def test_moments_ascend_within_the_run(swell: Load):
    found = np.asarray(moments(swell.stretches, poisson(5)))
    assert np.all(np.diff(found) > 0)
    assert found[0] >= 0
    assert found[-1] < swell.seconds


SMALLEST = 1e-6
"""Of a rate or a share that is not nought: the squares of far smaller ones are no numbers any more."""


@given(
    st.just(0.0) | st.floats(SMALLEST, 100),
    st.floats(0.1, 100),
    st.floats(0.1, 300),
    st.just(0.0) | st.floats(SMALLEST, 1),
)
def test_the_time_until_so_many_requests_is_the_inverse_of_the_area(
    begin: float, end: float, seconds: float, part: float
):
    stretch = Stretch("rise", 0.0, seconds, begin, end)
    until = stretch.seconds_until(part * stretch.requests)
    assert begin * until + stretch.slope * until**2 / 2 == pytest.approx(part * stretch.requests, abs=1e-6)
    assert -1e-9 <= until <= seconds * (1 + 1e-9)


def test_a_recorded_trace_bunches_as_it_did(tmp_path: Path):
    found = np.asarray(moments(flat(100, 100), recorded(a_trace(tmp_path), 1)))
    assert len(found) == pytest.approx(10_000, rel=0.01)
    assert np.median(np.diff(found)) < 0.001, "three of four gaps are within a burst"


def test_the_seed_draws_where_a_trace_begins(tmp_path: Path):
    lines = [str(n * n) for n in range(FEWEST_IN_A_TRACE)]
    first, second = (list(itertools.islice(recorded(a_trace(tmp_path, lines=lines), seed), 5)) for seed in (1, 2))
    assert first != second


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["1.0", "2.0"], "2 arrivals. To fix: give a trace of at least 100"),
        (["seconds", *map(str, range(200))], ":1: 'seconds' is no number of seconds. To fix:"),
        ([*map(str, range(150)), "3"], ":151: 3 comes after 149. To fix: sort"),
        (["7"] * 150, "all arrivals are at 7. To fix: give their seconds with a fraction"),
    ],
)
def test_a_trace_that_cannot_be_used_is_refused_with_its_line(tmp_path: Path, lines: list[str], message: str):
    with pytest.raises(ValueError, match=r"trace\.csv") as refusal:
        recorded(a_trace(tmp_path, lines=lines), 1)
    assert message in str(refusal.value)


def test_a_process_that_is_neither_known_nor_a_file_is_refused():
    with pytest.raises(ValueError, match=r"--arrivals paretto: No such file.*To fix: poisson, constant, or the path"):
        gaps("paretto", 1)
