"""What a report says of requests that a waiting room held."""

import pytest

from loadtests.held import held, service_s
from loadtests.ledger import Request
from loadtests.replicas import Replica

FIRST = Replica(pod="a", asked=2.0, created=2.5, scheduled=2.6, started=3.0, ready=6.0)
LATER = Replica(pod="b", asked=7.0, created=7.5, scheduled=7.6, started=8.0, ready=11.0)


def test_the_header_tells_milliseconds():
    assert service_s({"x-tradewind-service-ms": "1500"}) == 1.5
    assert service_s({}) is None


def test_a_wait_is_split_at_the_making_of_the_replica_and_at_the_forwarding():
    found = held([Request(0, 1.0, 1.0, 7.0, 200, "a", service_s=0.75)], [FIRST, LATER])
    assert found is not None and found["count"] == 1
    parts = {name: found[f"{name}_s"]["max"] for name in ("wait", "start", "service", "whole")}
    assert parts == {"wait": 1.5, "start": 3.75, "service": 0.75, "whole": 6.0}


def test_one_that_came_while_the_replica_started_waited_for_the_start_alone():
    found = held([Request(0, 4.0, 4.0, 7.0, 200, "a", service_s=0.5)], [LATER, FIRST])
    assert found is not None
    assert (found["wait_s"]["max"], found["start_s"]["max"]) == (0, 2.5)


def test_without_a_replica_that_was_made_it_waited_and_nothing_started():
    found = held([Request(0, 1.0, 1.0, 2.0, 200, "a", service_s=0.5)], [])
    assert found is not None
    assert (found["wait_s"]["max"], found["start_s"]["max"], found["service_s"]["max"]) == (0.5, 0, 0.5)


@pytest.mark.parametrize("change", [{"service_s": None}, {"status": 504}, {"answered": None}])
def test_only_what_was_held_and_answered_counts(change: dict):
    fields = {"answered": 7.0, "status": 200, "pod": "a", "service_s": 1.0} | change
    assert held([Request(0, 1.0, 1.0, **fields)], [FIRST]) is None
