"""The picture of a stack: its rooms as boxes with what is in them, and which room builds on which."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

Resource = Mapping[str, Any]
"""As a checkpoint of Pulumi's has it."""

ROOM = "tradewind:"
OUTSIDE = "platform"
"""Room of what stands in no component: providers, namespaces."""

WIDTH, LINE, GAP, MARGIN = 275, 15, 70, 24
MOST_LINES = 9
"""Types that a box lists; the others are summed up in its last line."""


def rooms(resources: Sequence[Resource]) -> dict[str, int]:
    """How many resources each room has, components aside; by name."""
    found = Counter(room_of(resource, _by_urn(resources)) for resource in resources if resource.get("custom"))
    return dict(sorted(found.items()))


def draw(title: str, resources: Sequence[Resource]) -> str:
    """An SVG: each room in a column to the right of all that it builds on."""
    by_urn = _by_urn(resources)
    room = {urn: room_of(resource, by_urn) for urn, resource in by_urn.items() if resource.get("custom")}
    types: dict[str, Counter[str]] = defaultdict(Counter)
    for urn, name in room.items():
        types[name][_short(by_urn[urn]["type"])] += 1
    edges = Counter(
        (room[need], room[urn])
        for urn in room
        for need in by_urn[urn].get("dependencies") or ()
        if need in room and room[need] != room[urn]
    )
    columns = _columns(sorted(types), edges)
    boxes = _place(columns, types)
    width = MARGIN + len(columns) * (WIDTH + GAP)
    height = max((y + h for _, y, h in boxes.values()), default=0) + 2 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<text x="{MARGIN}" y="{MARGIN}" font-size="16" font-weight="bold">{escape(title)}</text>',
        *(_edge(boxes[a], boxes[b], count) for (a, b), count in sorted(edges.items())),
        *(_box(name, boxes[name], types[name]) for name in sorted(types)),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _by_urn(resources: Sequence[Resource]) -> dict[str, Resource]:
    return {resource["urn"]: resource for resource in resources}


def room_of(resource: Resource, by_urn: Mapping[str, Resource]) -> str:
    """Of the nearest component around it."""
    while parent := resource.get("parent"):
        resource = by_urn[parent]
        if resource["type"].startswith(ROOM):
            return resource["type"].split(":")[1]
    return OUTSIDE


def _short(token: str) -> str:
    """aws:ec2/subnet:Subnet is Subnet; kubernetes:apps/v1:Deployment is Deployment."""
    return token.rpartition(":")[2]


def _columns(names: Sequence[str], edges: Mapping[tuple[str, str], int]) -> list[list[str]]:
    """Rooms left to right; of two that build on each other, the one that is needed more stands left."""
    needs = {name: {a for (a, b), n in edges.items() if b == name and n >= edges.get((b, a), 0)} for name in names}
    columns: list[list[str]] = []
    placed: set[str] = set()
    while left := [name for name in names if name not in placed]:
        free = [name for name in left if needs[name] <= placed]
        # A ring of rooms: whoever waits for the fewest goes first.
        free = free or [min(left, key=lambda name: len(needs[name] - placed))]
        columns.append(free)
        placed |= set(free)
    return columns


def _place(columns: Sequence[Sequence[str]], types: Mapping[str, Counter[str]]) -> dict[str, tuple[int, int, int]]:
    """x, y and height of each box."""
    boxes = {}
    for column, names in enumerate(columns):
        y = 2 * MARGIN
        for name in names:
            height = (min(len(types[name]), MOST_LINES) + 1) * LINE + 14
            boxes[name] = (MARGIN + column * (WIDTH + GAP), y, height)
            y += height + MARGIN
    return boxes


def _box(name: str, box: tuple[int, int, int], types: Counter[str]) -> str:
    x, y, height = box
    listed = types.most_common()
    if len(listed) > MOST_LINES:
        rest = sum(count for _, count in listed[MOST_LINES - 1 :])
        listed = [*listed[: MOST_LINES - 1], ("of other types", rest)]
    lines = [f'<tspan x="{x + 10}" dy="{LINE}">{count} {escape(kind)}</tspan>' for kind, count in listed]
    return (
        f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{height}" rx="6" fill="#eef4fb" stroke="#4a6fa5"/>'
        f'<text x="{x + 10}" y="{y + 18}" font-size="12"><tspan font-weight="bold">{escape(name)}</tspan>'
        f"{''.join(lines)}</text>"
    )


def _edge(start: tuple[int, int, int], end: tuple[int, int, int], count: int) -> str:
    forward = start[0] < end[0]
    x1, y1 = start[0] + (WIDTH if forward else 0), start[1] + start[2] // 2
    x2, y2 = end[0] + (0 if forward else WIDTH), end[1] + end[2] // 2
    bend = GAP // 2 if forward else -GAP // 2
    path = f"M{x1},{y1} C{x1 + bend},{y1} {x2 - bend},{y2} {x2},{y2}"
    return (
        f'<path d="{path}" fill="none" stroke="#9ab" stroke-width="{min(1 + count / 8, 5):.1f}">'
        f"<title>{count} dependencies</title></path>"
    )
