"""Who sends what is due, and when."""

import time

import gevent
import pytest
from gevent.event import AsyncResult

from loadtests.generator import Arrival, Generator


def begun(moments: list[float], **part: int) -> Generator:
    generator = Generator(moments)
    generator.begin(time.perf_counter(), **part)
    return generator


def waiting(generator: Generator, count: int) -> list[gevent.Greenlet]:
    """Callers that wait for a turn each, in this order."""
    found = [gevent.spawn(generator.take, AsyncResult()) for _ in range(count)]
    gevent.sleep(0)
    return found


def test_an_arrival_goes_to_the_caller_that_was_free_last():
    generator = begun([0.05])
    first, last = waiting(generator, 2)
    assert last.get(timeout=1) == Arrival(0, 0.05)
    assert generator.ledger.now() >= 0.05
    assert not first.ready()


def test_a_caller_that_asks_when_something_is_due_gets_it_at_once():
    """The timer has not run since; after a stall it runs last of all."""
    generator = begun([0.0, 0.0])
    assert [generator.take(AsyncResult()).number for _ in range(2)] == [0, 1]


def test_what_falls_due_while_all_callers_are_busy_waits_for_the_next_one():
    generator = begun([0.0, 0.02])
    gevent.sleep(0.05)
    assert [each.get(timeout=1).number for each in waiting(generator, 2)] == [0, 1]


@pytest.mark.parametrize("when", ["before it began", "while it runs", "after the last arrival"])
def test_the_end_lets_every_caller_go(when: str):
    generator = (
        Generator([0.0, 60.0]) if when == "before it began" else begun([60.0] if when == "while it runs" else [])
    )
    callers = waiting(generator, 3)
    generator.end()
    assert [each.get(timeout=1) for each in callers] == [None] * 3
    assert generator.take(AsyncResult()) is None


def test_a_caller_that_was_told_to_leave_is_handed_nothing():
    generator = begun([0.05])
    [stays] = waiting(generator, 1)
    leaves: AsyncResult = AsyncResult()
    gone = gevent.spawn(generator.take, leaves)
    gevent.sleep(0)
    leaves.set(None)
    assert stays.get(timeout=1).number == 0
    assert gone.get(timeout=1) is None


def test_processes_share_the_arrivals():
    moments = [0.0] * 7
    first, second = (begun(moments, part=part, parts=2) for part in range(2))
    assert [first.take(AsyncResult()).number for _ in range(4)] == [0, 2, 4, 6]
    assert [second.take(AsyncResult()).number for _ in range(3)] == [1, 3, 5]
