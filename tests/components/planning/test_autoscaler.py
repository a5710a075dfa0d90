"""The rule gives what kube-controller-manager's own tests and source say; hypothesis holds its bounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.planning.autoscaler import DOWN, UP, Autoscaler, Policy, Reading, Rules, rules

FAST = Rules(0, (Policy("Pods", 4, 1),))
AT_ONCE_DOWN = Rules(0, (Policy("Percent", 100, 15),))


def decided(total: float, target: float, current: int, **changes) -> int:
    scaler = Autoscaler(**{"minimum": 1, "maximum": 100, "up": FAST, "down": AT_ONCE_DOWN, **changes})
    return scaler.decide(0, current, [Reading(total, target)])


@pytest.mark.parametrize(
    ("total", "current", "wanted"),
    [
        (10.0, 1, 1),  # at its target
        (11.0, 1, 1),  # a tenth above is tolerated
        (11.2, 1, 2),
        (30.0, 1, 3),
        (26.0, 3, 3),  # within a tenth of 30 it is not; ceil(2.6) is 3 all the same
        (19.9, 3, 2),
        (0.0, 3, 1),  # never under the minimum
        (3000.0, 3, 7),  # four pods a second at most
    ],
)
def test_replicas_follow_the_total_over_the_target(total: float, current: int, wanted: int):
    assert decided(total, 10.0, current) == wanted


def test_the_metric_that_asks_for_most_wins():
    scaler = Autoscaler(1, 10, FAST, AT_ONCE_DOWN)
    assert scaler.decide(0, 2, [Reading(5, 10), Reading(12, 3)]) == 4


def test_without_a_metric_nothing_changes():
    assert Autoscaler(1, 10, FAST, AT_ONCE_DOWN).decide(0, 3, []) == 3


@pytest.mark.parametrize(("current", "wanted"), [(0, 2), (9, 5)])
def test_replicas_outside_the_bounds_are_brought_in_at_once(current: int, wanted: int):
    assert Autoscaler(2, 5, FAST, AT_ONCE_DOWN).decide(0, current, [Reading(30, 10)]) == wanted


def test_fewer_must_have_been_enough_for_the_whole_window():
    scaler = Autoscaler(1, 10, FAST, Rules(20, (Policy("Percent", 100, 1),)))
    assert scaler.decide(0, 3, [Reading(30, 10)]) == 3
    assert [scaler.decide(at, 3, [Reading(5, 10)]) for at in (2, 10, 18)] == [3, 3, 3]
    assert scaler.decide(20, 3, [Reading(5, 10)]) == 1


def test_a_short_peak_within_an_upward_window_is_passed_over():
    scaler = Autoscaler(1, 10, Rules(10, (Policy("Pods", 4, 1),)), AT_ONCE_DOWN)
    scaler.decide(0, 1, [Reading(5, 10)])
    assert scaler.decide(5, 1, [Reading(50, 10)]) == 1
    assert scaler.decide(11, 1, [Reading(50, 10)]) == 5


def test_a_policy_counts_what_was_added_within_its_period():
    scaler = Autoscaler(1, 100, Rules(0, (Policy("Pods", 4, 15),)), AT_ONCE_DOWN)
    many = [Reading(1000, 10)]
    assert [scaler.decide(at, current, many) for at, current in ((0, 1), (5, 5), (15, 5), (16, 9))] == [5, 5, 9, 9]


def test_the_default_doubles_or_adds_four_each_fifteen_seconds():
    scaler, current, seen = Autoscaler(1, 100, UP, DOWN), 1, []
    for at in range(0, 75, 15):
        current = scaler.decide(at, current, [Reading(1000, 10)])
        seen.append(current)
    assert seen == [5, 10, 20, 40, 80]


def test_steps_down_keep_to_their_pods_a_period():
    scaler, current, seen = Autoscaler(1, 10, FAST, Rules(0, (Policy("Pods", 1, 5),))), 4, []
    for at in range(0, 18, 2):
        current = scaler.decide(at, current, [Reading(1, 10)])
        seen.append(current)
    assert seen == [3, 3, 3, 2, 2, 2, 1, 1, 1]


def test_rules_are_read_from_a_behavior():
    found = rules(
        {"stabilizationWindowSeconds": 7, "policies": [{"type": "Pods", "value": 2, "periodSeconds": 5}]}, DOWN
    )
    assert found == Rules(7, (Policy("Pods", 2, 5),))
    assert rules(None, DOWN) == rules({}, DOWN) == DOWN


def test_a_select_policy_that_is_not_followed_here_is_refused():
    with pytest.raises(ValueError, match=r"selectPolicy must be Max, got 'Min'\. To fix: leave it out"):
        rules({"selectPolicy": "Min"}, UP)


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0.1, 100)), min_size=1, max_size=30))
def test_no_reading_leads_out_of_the_bounds(readings: list[tuple[float, float]]):
    scaler, current = Autoscaler(2, 50), 2
    for number, reading in enumerate(readings):
        current = scaler.decide(number * 2.0, current, [Reading(*reading)])
        assert 2 <= current <= 50
