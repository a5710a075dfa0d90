"""The time that a person waits when nothing changed."""

import resource
import time

import pytest

pytestmark = [pytest.mark.cluster, pytest.mark.alone]

OBJECTS = 150
LIMIT_S = 15
"""Processor time of the whole command (engine, language host, SDK, provider), which other work on the machine does not
stretch as it does the clock's. Measured: see the README."""


def used() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def test_an_up_that_changes_nothing_takes_seconds(stack, program, capsys):
    text = f'for i in range({OBJECTS}): core.ConfigMap(f"c-{{i}}", metadata={{"name": f"c-{{i}}"}}, data={{"i": str(i)}}, opts=OPTS)'
    start = time.monotonic()
    stack.up(program(text))
    made = time.monotonic() - start
    start, before = time.monotonic(), used()
    outcome = stack.run("up", "--yes")  # with its preview, as `make up` does
    took, spent = time.monotonic() - start, used() - before
    with capsys.disabled():
        print(
            f"\n{OBJECTS} objects: made in {made:.1f} s, looked at twice in {took:.1f} s, {spent:.1f} s of processor time"
        )
    assert outcome.changes == {"unchanged": OBJECTS + 2}
    assert spent < LIMIT_S
