"""Charts: round ticks, gaps where nothing was measured, a scale that one outlier does not flatten."""

import re
from xml.etree import ElementTree

import pytest

from loadtests.drawing import BOTTOM, Curve, Panel, chart, ticks
from loadtests.panels import BAND_S, PADDING, band
from loadtests.paths import LEFT, RIGHT, WIDTH, across


def drawn(curve: Curve, **more) -> ElementTree.Element:
    return ElementTree.fromstring(
        chart("c", "told", [Panel(curves=[curve], **{"label": "x"} | more)], len(curve.values), [])
    )


def path(element: ElementTree.Element, style: str) -> str:
    return next(each.get("d", "") for each in element.iter("path") if each.get("class") == style)


@pytest.mark.parametrize(
    ("highest", "most", "whole", "found"),
    [
        (161, 12, True, [0, 20, 40, 60, 80, 100, 120, 140, 160]),
        (3.2, 5, True, [0, 1, 2, 3]),
        (0.9, 5, False, [0, 0.2, 0.4, 0.6, 0.8]),
        (0, 5, True, [0]),
    ],
)
def test_ticks_are_round(highest: float, most: int, whole: bool, found: list[float]):
    assert ticks(highest, most, whole=whole) == found


def test_ticks_begin_below_nought_where_the_values_do():
    assert ticks(0, 8, lowest=-15) == [-14, -12, -10, -8, -6, -4, -2, 0]
    assert ticks(12, 8, lowest=-3.5) == [-2, 0, 2, 4, 6, 8, 10, 12]


def test_the_axis_goes_from_the_first_second_to_the_last():
    assert (across(0, 50), across(50, 50)) == (LEFT, WIDTH - RIGHT)


def test_a_line_has_a_gap_where_nothing_was_measured():
    assert path(drawn(Curve(name="p95", values=[1, 2, None, 3, 4], style="a")), "a").count("M") == 2


def test_steps_hold_until_the_next_look_and_end_where_nobody_looked():
    steps = path(drawn(Curve(name="ready", values=[1, 1, 3, None, 3], style="a", step=True)), "a")
    assert re.findall(r"[MHV]", steps) == ["M", "H", "V", "H", "M", "H"]


def test_what_goes_beyond_the_ceiling_is_cut_off_and_said():
    found = drawn(Curve(name="p95", values=[10, 4000], style="a"), ceiling=100, label="latency")
    assert "latency (cut off: up to 4,000)" in {each.text for each in found.iter("text")}
    assert min(float(y) for y in re.findall(r" (\d[\d.]*)", path(found, "a"))) > 0


def test_nothing_is_drawn_outside_of_the_picture():
    found = drawn(Curve(name="served", values=[0, 75, 80.5], style="a"))
    _, _, width, height = map(float, found.get("viewBox", "").split())
    for each in found.iter():
        assert all(0 <= float(each.get(key, 0)) <= width for key in ("x", "x1", "x2"))
        assert all(0 <= float(each.get(key, 0)) <= height - BOTTOM + 40 for key in ("y", "y1", "y2"))


def test_the_band_holds_what_was_foreseen_within_some_seconds():
    foreseen = [1] * 20 + [3] * 20
    found = band("b", foreseen, foreseen)
    edges = [(low < 1.5, (high or 0) > 2.5) for low, high in zip(found.low, found.high, strict=True) if low is not None]
    assert edges[19 - BAND_S] == (True, False)
    assert edges[20 - BAND_S] == edges[19 + BAND_S] == (True, True)
    assert edges[20 + BAND_S] == (False, True)


def test_the_band_is_as_wide_as_chance_makes_it():
    found = band("b", [1] * 20, [2] * 20)
    assert {(low, high) for low, high in zip(found.low, found.high, strict=True)} == {(1 - PADDING, 2 + PADDING)}
