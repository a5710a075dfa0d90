"""Recorded loads become one rate a second, or a sentence that says which line is wrong."""

from pathlib import Path

import pytest

from loadtests.traces import rates


def trace(folder: Path, *lines: object) -> Path:
    file = folder / "trace.csv"
    file.write_text("\n".join(map(str, lines)) + "\n")
    return file


def test_a_rate_holds_until_the_next_and_the_last_row_ends_it(tmp_path: Path):
    assert rates(trace(tmp_path, "second,rps", "100,5", "103,7.5", "105,0")) == [5, 5, 5, 7.5, 7.5]


def test_arrivals_are_counted_by_the_second_from_the_first(tmp_path: Path):
    times = [10.5 + each / 40 for each in range(100)] + [14.6]
    assert rates(trace(tmp_path, *times)) == [40, 40, 20, 0, 1]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["second,rps", "0,1", "1,x"], r"trace.csv:3: must be a whole second and a rate of 0 or more, got '1,x'"),
        (["second,rps", "0,1", "1.5,2"], r"trace.csv:3: must be a whole second"),
        (["second,rps", "0,1", "1,-2"], r"trace.csv:3: must be a whole second"),
        (["second,rps", "0,1", "1,nan"], r"trace.csv:3: must be a whole second"),
        (["second,rps", "0,1", "inf,1"], r"trace.csv:3: must be a whole second"),
        (["second,rps", "0,1", "1"], r"trace.csv:3: must be a whole second"),
        (["second,rps", "5,1", "5,2"], r"trace.csv:3: second 5 comes after 5\. To fix: sort"),
        (["second,rps", "0,1"], r"trace.csv: 1 rates\. To fix: give two or more"),
        (["second,rps", "0,1", "604801,1"], r"604801 s, and at most 604800 can be simulated\. To fix: cut it"),
        (["0.1", "0.2"], r"2 arrivals\. To fix: give a trace of at least 100"),
        (["second,rate", "0,1"], r"trace.csv:1: 'second' is no number of seconds"),
        (["nan"] * 100, r"trace.csv:1: 'nan' is no number of seconds"),
    ],
)
def test_a_wrong_trace_is_refused_by_its_line(tmp_path: Path, lines: list[str], said: str):
    with pytest.raises(ValueError, match=said):
        rates(trace(tmp_path, *lines))


def test_a_trace_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(ValueError, match=r"--trace .*none\.csv: no such file\. To fix: give a CSV"):
        rates(tmp_path / "none.csv")
