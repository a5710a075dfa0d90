"""Charts as SVG: panels above each other, over one time axis. Colours and dashes are classes of page.html's style."""

import html
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loadtests.paths import LEFT, RIGHT, WIDTH, Values, across, area, bars, line, steps

TOP, GAP, BOTTOM = 22, 50, 40
LETTER = 7.4
"""The widest mean of a letter of 12 px among the fonts that `system-ui` stands for: legends must not run together."""
MOST_TICKS = 12

Shapes = Iterator[str]


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One value a second; None leaves a gap."""

    name: str
    values: Values
    style: str
    step: bool = False
    """What stood at a second's start and held until the next; else what fell within it."""


@dataclass(frozen=True, kw_only=True)
class Band:
    name: str
    low: Values
    high: Values


@dataclass(frozen=True, kw_only=True)
class Panel:
    label: str
    """What is drawn, and in what unit."""
    curves: Sequence[Curve]
    bars: Curve | None = None
    band: Band | None = None
    level: tuple[float, str, str] | None = None
    """A line across: where, what it is called, its style."""
    height: int = 170
    ceiling: float | None = None
    """Where the scale ends at the latest: what goes beyond is cut off, and said."""

    @property
    def highest(self) -> float:
        drawn = [each.values for each in (*self.curves, *([self.bars] if self.bars else ()))]
        drawn += [self.band.high] if self.band else []
        return max([self.level[0] if self.level else 0, *(v for values in drawn for v in values if v is not None)])


def chart(name: str, told: str, panels: Sequence[Panel], seconds: int, phases: Sequence[Mapping[str, Any]]) -> str:
    """An SVG element of the panels, `seconds` wide; `told` says in words what can be seen, for who cannot."""
    tops = [TOP + GAP // 2 + sum(each.height + GAP for each in panels[:i]) for i in range(len(panels))]
    bottom = tops[-1] + panels[-1].height
    found = [
        f'<svg viewBox="0 0 {WIDTH} {bottom + BOTTOM}" role="img" aria-labelledby="{name}-t {name}-d" id="{name}">',
        f'<title id="{name}-t">{html.escape(panels[0].label)} and more, by second of the run</title>',
        f'<desc id="{name}-d">{html.escape(told)}</desc>',
        *_phases(phases, seconds, tops[0], bottom),
    ]
    for top, panel in zip(tops, panels, strict=True):
        found += _panel(panel, top, seconds)
    found += _seconds(seconds, tops[0], bottom)
    found.append(f'<line class="cursor" y1="{tops[0]}" y2="{bottom}" visibility="hidden"/></svg>')
    return "\n".join(found)


def ticks(highest: float, most: int, *, lowest: float = 0.0, whole: bool = False) -> list[float]:
    """Round numbers from `lowest` to `highest`, at most `most` + 1 of them."""
    rough = (highest - lowest) / most or 1.0
    size = 10 ** math.floor(math.log10(rough))
    step = next(size * times for times in (1, 2, 5, 10) if size * times >= rough * (1 - 1e-9))
    step = max(1.0, step) if whole else step
    first, last = math.ceil(lowest / step - 1e-9), math.floor(highest / step + 1e-9)
    return [round(i * step, 6) for i in range(first, last + 1)]


def text(x: float, y: float, words: str, style: str = "", anchor: str = "start") -> str:
    """Words at their baseline."""
    kind = f' class="{style}"' if style else ""
    place = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text x="{x:g}" y="{y:g}"{kind}{place}>{html.escape(words)}</text>'


def _panel(panel: Panel, top: int, seconds: int) -> Shapes:
    most = panel.highest * 1.06 or 1.0
    scale = min(most, panel.ceiling) if panel.ceiling else most
    bottom = top + panel.height

    def up(value: float) -> float:
        return round(bottom - min(value, scale) / scale * panel.height, 1)

    for value in ticks(scale, 5, whole=True):
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{up(value)}" y2="{up(value)}"/>'
        yield text(LEFT - 8, up(value) + 4, f"{value:,.0f}", "soft", "end")
    if panel.band:
        yield f'<path class="band" d="{area(panel.band.low, panel.band.high, seconds, up)}"/>'
    if panel.bars:
        yield f'<path class="{panel.bars.style} bars" d="{bars(panel.bars.values, seconds, bottom, up)}"/>'
    for curve in panel.curves:
        path = steps(curve.values, seconds, up) if curve.step else line(curve.values, seconds, up)
        yield f'<path class="{curve.style}" d="{path}"><title>{html.escape(curve.name)}</title></path>'
    if panel.level:
        value, words, style = panel.level
        yield f'<line class="level {style}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{up(value)}" y2="{up(value)}"/>'
        yield text(LEFT + 4, up(value) - 4, words, f"on {style}")
    cut = f" (cut off: up to {panel.highest:,.0f})" if scale < panel.highest else ""
    yield text(LEFT, top - 10, panel.label + cut, "label")
    yield from _legend(panel, top - 10)


def _legend(panel: Panel, y: float) -> Shapes:
    """From the right, a sample of the line before its name."""
    x = float(WIDTH - RIGHT)
    entries = [(each.name, f'<path class="{each.style}" d="M{{0}} {{1}}h24"/>') for each in panel.curves]
    box = '<rect class="{}" x="{{0}}" y="{{2}}" width="24" height="8"/>'
    entries += [(panel.bars.name, box.format(f"{panel.bars.style} bars"))] if panel.bars else []
    entries += [(panel.band.name, box.format("band"))] if panel.band else []
    for name, sample in reversed(entries):
        x -= len(name) * LETTER
        yield text(x, y, name)
        x -= 30
        yield sample.format(f"{x:g}", f"{y - 4:g}", f"{y - 8:g}")
        x -= 14


def _phases(phases: Sequence[Mapping[str, Any]], seconds: int, top: float, bottom: float) -> Shapes:
    for each in phases:
        begin, end = each["begin"], min(each["end"], seconds)
        if begin < seconds:
            x = across(begin, seconds)
            kind = "phase judged" if each["name"] == "plateau" else "phase"
            width, height = round(across(end, seconds) - x, 1), bottom - top
            yield f'<rect class="{kind}" x="{x}" y="{top}" width="{width}" height="{height}"/>'
            yield text(x + 3, TOP - 8, each["name"], "soft")


def _seconds(seconds: int, top: float, bottom: float) -> Shapes:
    for second in ticks(seconds, MOST_TICKS, whole=True):
        x = across(second, seconds)
        yield f'<line class="grid" x1="{x}" x2="{x}" y1="{bottom}" y2="{bottom + 4}"/>'
        yield text(x, bottom + 18, f"{second:g}", "soft", "middle")
    yield text(WIDTH - RIGHT, bottom + 34, "seconds since the start", "soft", "end")
