"""The most that a stack can come to cost, against what it may."""

from collections.abc import Iterable
from dataclasses import dataclass

from costs.estimate import Bill, Unpriced, estimate
from costs.prices import Book
from costs.resources import Resource

KEY = "budget_usd_month"
"""Of a stack's settings."""


@dataclass(frozen=True, kw_only=True)
class AtMost:
    """A month with each scaler at its maximum."""

    bill: Bill
    unpriced: list[Unpriced]
    """What is not in the bill, since nobody knows its price."""
    unverified: list[str]
    """Ids of figures in it that nobody has read on their page."""

    def over(self, budget: float) -> str | None:
        """What is wrong, with both figures; None where the month costs at most `budget` USD, to the cent."""
        if round(self.bill.total, 2) <= budget:
            return None
        parts = {"platform": self.bill.platform, **self.bill.services}
        told = ", ".join(f"{name} {usd:,.2f}" for name, usd in parts.items())
        return f"{self.bill.total:,.2f} USD a month at most ({told}), over {KEY}, {budget:,.2f}{self.beside}"

    @property
    def beside(self) -> str:
        """Ends a sentence about the bill: what is not in it."""
        names = ", ".join(f"{each.resource.type} {each.resource.name}" for each in self.unpriced)
        return f"; without what has no price: {names}" if names else ""


def at_most(resources: Iterable[Resource], region: str | None, book: Book | None = None) -> AtMost:
    """Of any stack: replicas and requests are those of its scalers and workloads; no card is read."""
    found = estimate(resources, region, book)
    return AtMost(bill=found.bill({}), unpriced=found.unpriced, unverified=found.unverified)
