"""What `make test` counts as passed; its exit code and last line rest on it."""

from pathlib import Path

import pytest

from commands.suites import Tally

SUITE = """\
<testsuites><testsuite>
<testcase classname="tests.a" name="passes"/>
<testcase classname="tests.a" name="fails"><failure message="x">x</failure></testcase>
<testcase classname="tests.a" name="breaks"><error message="x">x</error></testcase>
<testcase classname="tests.a" name="does_not_run"><skipped message="x">x</skipped></testcase>
<testcase classname="tests.a" name="meets"><failure message="AssertionError: exit 1&#10;...">E  AssertionError: exit 1
E    namespace models: error: forbidden
E    namespace models: error: forbidden</failure></testcase>
</testsuite></testsuites>"""


def test_only_what_ran_and_passed_has_passed(tmp_path: Path):
    (tmp_path / "results.xml").write_text(SUITE)
    tally = Tally()
    tally.junit("unit", tmp_path / "results.xml")
    assert str(tally) == "1 passed, 4 failed"
    assert tally.failed[2].splitlines() == ["unit: tests.a::does_not_run (skipped)", "    x"]


def test_a_failure_is_told_with_the_errors_that_it_met(tmp_path: Path):
    (tmp_path / "results.xml").write_text(SUITE)
    tally = Tally()
    tally.junit("unit", tmp_path / "results.xml")
    assert tally.failed[3].splitlines()[1:] == ["    namespace models: error: forbidden"]


@pytest.mark.parametrize(("action", "told"), [("pass", "1 passed, 0 failed"), ("skip", "0 passed, 1 failed")])
def test_a_skipped_go_test_failed_too(action: str, told: str):
    tally = Tally()
    tally.go({"Action": action, "Package": "agent", "Test": "TestForward"})
    assert str(tally) == told
