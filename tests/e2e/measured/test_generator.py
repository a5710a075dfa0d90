"""The load generator tells the truth about a server that stalls, whose p99 is known."""

from bench.stalling import TRUE_P99_S
from bench.truth import stalling, truth
from tests.e2e.counts import count


def test_p99_rate_and_dispersion_are_the_true_ones():
    with stalling() as url:
        found = truth(url, "poisson", seed=1, seconds=count("truth_s"))
    print(f"\n{found}")
    assert found.held, found


def test_stock_locust_does_not_see_the_stalls():
    """Else the server does not stall, and what is shown beside ours shows nothing."""
    with stalling() as url:
        found = truth(url, "stock", seed=1, seconds=count("truth_s"))
    print(f"\n{found}")
    assert found.p99_s < 0.5 * TRUE_P99_S
