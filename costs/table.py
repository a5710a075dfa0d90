"""What a stack costs, for a person: the totals by load, what they are made of, and what is in none of them."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from rich.console import Console
from rich.table import Table

from costs.estimate import Bill, Estimate, Line
from costs.load import POINTS
from costs.prices import HOURS


def print_estimate(found: Estimate, replicas: Mapping[str, Mapping[str, float]], out: Console) -> None:
    """`replicas`: of each service, by load point; of a service that is not there, as many as its scaler allows."""
    bills = {point: found.bill({name: counts[point] for name, counts in replicas.items()}) for point in POINTS}
    out.print(_totals(bills, replicas), "", _parts(found), sep="\n")
    _say(out, "By use, in no total", (f"{price.id} {price.usd:g} / {price.unit}" for _, price in found.by_use))
    free = [line.resource.type for line in found.lines if not line.price.usd]
    _say(out, "Free", [f"{len(free)} resources of {len(set(free))} types"])
    missing = [f"{each.resource.type} {each.resource.name}: {each.why}" for each in found.unpriced]
    _say(out, "WITHOUT A PRICE, in no total", missing)
    _say(out, "Totals rest on figures that nobody has read on their page", found.unverified)


def _totals(bills: Mapping[str, Bill], replicas: Mapping[str, Mapping[str, float]]) -> Table:
    table = _table("USD a month", *bills)
    for name in next(iter(bills.values())).services:
        counts = replicas.get(name)
        shown = (
            f"{name}, {' '.join(f'{counts[point]:g}' for point in bills)} replicas" if counts else f"{name}, at most"
        )
        table.add_row(shown, *(f"{bill.services[name]:,.2f}" for bill in bills.values()))
    table.add_row("platform", *(f"{bill.platform:,.2f}" for bill in bills.values()))
    table.add_row("total", *(f"{bill.total:,.2f}" for bill in bills.values()))
    table.add_row("an hour", *(f"{bill.total / HOURS:,.3f}" for bill in bills.values()))
    return table


def _parts(found: Estimate) -> Table:
    """The platform's month, and a replica's of each service."""
    table = _table("of which", "units", "USD each", "USD a month")
    for price, group in groupby(sorted(found.lines, key=_row), key=lambda line: line.price):
        if price.usd:
            lines = list(group)
            units, usd = sum(line.units for line in lines), sum(line.usd for line in lines)
            table.add_row(price.id, f"{units:g}", f"{price.usd:g} / {price.unit}", f"{usd:,.2f}")
    for each in found.pods:
        pods, one = each.pods, "a replica of " if each.pods.scaled else ""
        count, usd = (1, each.usd) if pods.scaled else (pods.most, each.usd * pods.most)
        table.add_row(f"{one}{pods.name}", f"{count:g}", f"{pods.cpu:g} vCPU, {pods.memory:.3g} GiB", f"{usd:,.2f}")
    return table


def _row(line: Line) -> str:
    return line.price.id


def _table(*columns: str) -> Table:
    table = Table(columns[0], box=None, pad_edge=False)
    for each in columns[1:]:
        table.add_column(each, justify="right")
    return table


def _say(out: Console, what: str, each: Iterable[str]) -> None:
    told: Sequence[str] = list(dict.fromkeys(each))
    if told:
        out.print(f"\n{what}: {'; '.join(told)}.", soft_wrap=True, markup=False, highlight=False)
