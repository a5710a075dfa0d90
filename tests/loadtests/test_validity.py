"""What makes a run void, so that none of its clauses counts."""

import re
from dataclasses import replace

import pytest

from loadtests.evidence import Evidence
from loadtests.validity import BUSY_LIMIT
from loadtests.verdict import judge


def test_a_busy_generator_makes_the_run_void_whatever_else_it_shows(run: Evidence):
    busy = [0.2] * 60 + [BUSY_LIMIT + 0.05] * 10 + [0.2] * 60
    verdict = judge(replace(run, busy=[[0.2] * 130, busy]))
    assert not verdict.judged
    assert not verdict.passed
    assert verdict.failing == []
    assert "75% of a core" in verdict.obstacles[0]


def test_a_short_burst_of_the_generator_is_no_obstacle(run: Evidence):
    assert judge(replace(run, busy=[[0.2] * 60 + [1.0] * 3 + [0.2] * 60])).passed


@pytest.mark.parametrize(("late_s", "judged"), [(0.0019, True), (0.0022, True), (0.0026, False)])
def test_a_generator_that_was_late_makes_the_run_void(run: Evidence, late_s: float, judged: bool):
    """Answers take 50 ms, so it may be late by 5 % of that, and always by 2 ms."""
    late = [replace(r, sent=r.due + late_s) for r in run.requests]
    verdict = judge(replace(run, requests=late))
    assert verdict.judged == judged
    assert judged or "sent its requests late, p99 2.6 ms (limit 2.5 ms)" in verdict.obstacles[0]


def test_requests_that_were_never_sent_make_the_run_void(run: Evidence):
    sent = [r for r in run.requests if r.number % 2 or r.due < 60]
    verdict = judge(replace(run, requests=sent))
    assert re.match(r"\d+ of \d+ requests were never sent", verdict.obstacles[0])


def test_what_callers_held_when_they_left_is_no_obstacle(run: Evidence):
    end = run.requests[-1].due
    assert judge(replace(run, requests=[r for r in run.requests if r.due < end - 0.9 or r.number % 2])).judged


def test_a_watcher_that_was_blind_makes_the_run_void(run: Evidence):
    verdict = judge(replace(run, samples=[s for s in run.samples if not 60 <= s.at < 68]))
    assert "saw nothing for 9 s" in verdict.obstacles[0]
