"""Another peak than the card's."""

import pytest

from loadtests.run import at_peak
from loadtests.target import Refused
from tests.components.samples import a_capacity, a_card


@pytest.mark.parametrize(("peak", "rps"), [("40", 40.0), ("full", 70.8)])
def test_a_rate_or_what_takes_all_replicas(peak: str, rps: float):
    """34 a replica, two and a half of them, a fifth to spare."""
    assert at_peak(a_card(), peak, a_capacity()).load.peak_rps == rps


@pytest.mark.parametrize("peak", ["much", "4", "nan", "inf"])
def test_no_rate_and_one_below_the_base_are_refused(peak: str):
    with pytest.raises(Refused, match=f"--peak {peak}: .*To fix: "):
        at_peak(a_card(), peak, a_capacity())
