"""Series of one value a second, as the path data of an SVG."""

from collections.abc import Callable, Sequence
from itertools import pairwise

WIDTH, LEFT, RIGHT = 1000, 54, 14
"""Of a drawing, in its own units: about a pixel each on a page of full width."""

Values = Sequence[float | int | None]
Up = Callable[[float], float]
"""Where a value is, from the top."""


def across(second: float, seconds: float) -> float:
    """Where a second is, from the left."""
    return round(LEFT + second / seconds * (WIDTH - LEFT - RIGHT), 1)


def line(values: Values, seconds: int, up: Up) -> str:
    points, move = [], "M"
    for second, value in enumerate(values):
        if value is None:
            move = "M"
        else:
            points.append(f"{move}{across(second + 0.5, seconds)} {up(value)}")
            move = "L"
    return "".join(points)


def steps(values: Values, seconds: int, up: Up) -> str:
    found, last = [], None
    for second, value in enumerate(values):
        x = across(second, seconds)
        if value is not None and value != last:
            found.append(f"M{x} {up(value)}" if last is None else f"H{x}V{up(value)}")
        elif value is None and last is not None:
            found.append(f"H{x}")
        last = value
    return "".join(found) + (f"H{across(len(values), seconds)}" if last is not None else "")


def bars(values: Values, seconds: int, bottom: float, up: Up) -> str:
    tall = [(second, value) for second, value in enumerate(values) if value]
    return "".join(
        f"M{across(second, seconds)} {bottom}V{up(value)}H{across(second + 1, seconds)}V{bottom}z"
        for second, value in tall
    )


def area(low: Values, high: Values, seconds: int, up: Up) -> str:
    """A rectangle for each stretch of seconds in which both edges are level."""
    edges = list(zip(low, high, strict=True))
    turns = [0, *(i + 1 for i, (a, b) in enumerate(pairwise(edges)) if a != b), len(edges)]
    found = []
    for begin, end in pairwise(turns):
        bottom, top = edges[begin] if begin < len(edges) else (None, None)
        if bottom is not None and top is not None:
            left, right = across(begin, seconds), across(end, seconds)
            found.append(f"M{left} {up(bottom)}V{up(top)}H{right}V{up(bottom)}z")
    return "".join(found)
