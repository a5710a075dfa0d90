"""The load generator tells the truth about a server that stalls, whose p99 is known."""

from bench.stalling import TRUE_P99_S
from bench.truth import stalling, truth

SEED = 2
"""Whose own moments have a dispersion of 0.997: what is judged is the sending."""


def test_p99_rate_and_dispersion_are_the_true_ones():
    with stalling() as url:
        found = truth(url, "poisson", seed=SEED)
    print(f"\n{found}")
    assert found.held, found


def test_stock_locust_does_not_see_the_stalls():
    """Else the server does not stall, and what is shown beside ours shows nothing."""
    with stalling() as url:
        found = truth(url, "stock", seed=SEED)
    print(f"\n{found}")
    assert found.p99_s < 0.5 * TRUE_P99_S
