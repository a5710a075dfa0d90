"""The textbook's figures."""

import math

import pytest

from components.planning.erlang import response_s, waits


@pytest.mark.parametrize(("busy", "mean_wait"), [(0.5, 0.087), (0.7, 0.357), (0.8, 0.746), (0.9, 1.97)])
def test_the_mean_wait_of_four_servers_is_the_textbooks(busy: float, mean_wait: float):
    assert waits(4, 4 * busy) / (4 - 4 * busy) == pytest.approx(mean_wait, rel=0.01)


def test_one_server_alone_takes_an_exponential_time():
    """M/M/1: the response is exponential with rate mu - lambda."""
    assert response_s(1, 5, 0.1) == pytest.approx(-math.log(0.05) / (10 - 5), rel=1e-3)


def test_where_both_rates_are_one_the_formula_has_its_limit():
    assert response_s(2, 10, 0.1) == pytest.approx(response_s(2, 10.0001, 0.1), rel=1e-3)


@pytest.mark.parametrize("replicas", [1, 3])
def test_what_cannot_keep_up_never_answers(replicas: int):
    assert response_s(replicas, replicas * 10, 0.1) == math.inf
    assert waits(replicas, replicas) == 1
