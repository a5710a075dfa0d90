"""Three digits hold, and histograms of several processes add up to that of all."""

import pytest

from loadtests.histogram import Histogram, histogram_of


def test_percentiles_have_three_digits():
    found = histogram_of(milliseconds / 1000 for milliseconds in range(1, 1001))
    assert found.percentile_s(95) == pytest.approx(0.95, rel=1e-3)
    assert found.percentile_s(100) == pytest.approx(1.0, rel=1e-3)


def test_two_histograms_add_up_to_that_of_all():
    parts = [histogram_of(range(1, 50)), histogram_of(range(50, 101))]
    both = Histogram()
    for part in parts:
        both.add(part.encoded())
    assert both.document() == histogram_of(range(1, 101)).document()


def test_what_is_out_of_range_counts_at_its_end():
    assert histogram_of([0.0, -1.0]).percentile_s(100) == pytest.approx(1e-6)
    assert histogram_of([90_000.0]).percentile_s(100) == pytest.approx(3600, rel=1e-3)


def test_nothing_has_no_percentile():
    assert histogram_of([]).percentile_s(50) is None
    assert histogram_of([]).document()["p99_ms"] is None
