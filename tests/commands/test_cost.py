"""make cost: from the engine's plan to the table."""

import io

import pytest
from rich.console import Console

from commands.cost import planned
from costs.estimate import estimate
from costs.table import print_estimate
from provider.protocol import UNKNOWN
from tests.costs.samples import REGION, a_book, a_stack

URN = "urn:pulumi:lab::tradewind::sky:cache:Cache::cache"


def a_step(**changes: object) -> dict[str, object]:
    state = {"urn": URN, "type": "sky:cache:Cache", "custom": True, "inputs": {"nodes": 2}}
    return {"op": "create", "urn": URN, "newState": state | changes}


def test_a_plan_gives_each_resource_with_what_it_cannot_know():
    unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    [cache] = planned([a_step(inputs={"nodes": 2, "zones": [unknown, "b"]}), a_step(custom=False)])
    assert (cache.type, cache.name) == ("sky:cache:Cache", "cache")
    assert cache.get("zones") == [UNKNOWN, "b"] and cache.count("nodes") == 2


def test_what_the_plan_deletes_costs_nothing():
    assert planned([{"op": "delete", "urn": URN, "oldState": {"custom": True}}]) == []


def printed(**changes: dict[str, object]) -> list[str]:
    text = io.StringIO()
    points = {"embedder": {"idle": 1, "expected": 1, "peak": 2, "surge": 3}}
    out = Console(file=text, width=200, highlight=False)
    print_estimate(estimate(a_stack(), REGION, a_book(**changes)), points, out)
    return text.getvalue().splitlines()


@pytest.mark.parametrize(
    ("row", "figures"),
    [
        ("embedder, 1 1 2 3 replicas", ["25.55", "25.55", "51.10", "76.65"]),
        ("platform", ["451.95"] * 4),
        ("total", ["477.50", "477.50", "503.05", "528.60"]),
        ("an hour", ["0.654", "0.654", "0.689", "0.724"]),
        ("cache-small", ["6", "0.1 / hour", "438.00"]),
        ("keda", ["1", "0.2 vCPU, 0.5 GiB", "10.95"]),
    ],
)
def test_the_table_has_each_row_with_its_figures(row: str, figures: list[str]):
    [line] = [each for each in printed() if each.startswith(f"{row}  ")]
    assert [part.strip() for part in line[len(row) :].split("  ") if part.strip()] == figures


def test_what_is_in_no_total_is_told_with_its_reason():
    lines = printed(cache_small={"regions": ["there"]})
    assert "By use, in no total: disk-reads 0.5 / 10,000 requests." in lines
    assert "Free: 2 resources of 2 types." in lines
    missing = "sky:cache:Cache cache: none of the book's rows on this type is for it in here."
    assert f"WITHOUT A PRICE, in no total: {missing}" in lines


def test_totals_on_figures_that_nobody_read_say_so():
    last = "Totals rest on figures that nobody has read on their page"
    assert not any(line.startswith(last) for line in printed())
    assert f"{last}: disk-lease." in printed(disk_lease={"verified": False})
