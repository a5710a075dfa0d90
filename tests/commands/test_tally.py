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
</testsuite></testsuites>"""


def test_only_what_ran_and_passed_has_passed(tmp_path: Path):
    (tmp_path / "results.xml").write_text(SUITE)
    tally = Tally()
    tally.junit("unit", tmp_path / "results.xml")
    assert str(tally) == "1 passed, 3 failed"
    assert tally.failed[2] == "unit: tests.a::does_not_run (skipped)"


@pytest.mark.parametrize(("action", "told"), [("pass", "1 passed, 0 failed"), ("skip", "0 passed, 1 failed")])
def test_a_skipped_go_test_failed_too(action: str, told: str):
    tally = Tally()
    tally.go({"Action": action, "Test": "TestForward"})
    assert str(tally) == told
