"""A stack's resources and what each costs: by the hour, by replica, by use, or nobody knows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

from costs.pods import NotKnown, Running, running
from costs.prices import EVERYWHERE, HOURS, OF_PODS, POD, STANDING, Book, Figure, Pods, Price, the_book
from costs.resources import Resource

OURS = ("pulumi:", "tradewind:")
"""What begins the types that stand for no resource of a cloud: Pulumi's, our components and our own provider's.
What these make in a cloud is there as a resource besides, or lies in one, as an image in its repository."""


@dataclass(frozen=True)
class Line:
    """What a resource costs for as long as it is there."""

    resource: Resource
    price: Price
    units: float
    """Of the price, at once: nodes, zones."""

    @property
    def usd(self) -> float:
        """A month."""
        return self.units * STANDING[self.price.unit] * self.price.usd


@dataclass(frozen=True)
class Priced:
    """Pods, and what one replica costs."""

    pods: Running
    row: Pods
    usd: float
    """A month of one replica."""


@dataclass(frozen=True)
class Unpriced:
    """A resource that the book does not know, or not in this region."""

    resource: Resource
    why: str


@dataclass(frozen=True, kw_only=True)
class Bill:
    """What a month costs at one load, in USD."""

    services: Mapping[str, float]
    """What a scaler scales, by the workload's name in the cluster."""
    platform: float
    """All else, whatever the load."""

    @property
    def total(self) -> float:
        return self.platform + sum(self.services.values())


@dataclass
class Estimate:
    """Of a whole stack."""

    lines: list[Line] = field(default_factory=list)
    """Of what is free, too."""
    pods: list[Priced] = field(default_factory=list)
    by_use: list[tuple[Resource, Price]] = field(default_factory=list)
    """What costs as much as it is used, and so is in no total."""
    unpriced: list[Unpriced] = field(default_factory=list)
    per_pod: Sequence[Price] = ()
    """What a core and a GiB of a pod cost in this region."""

    @property
    def services(self) -> list[Priced]:
        return [each for each in self.pods if each.pods.scaled]

    @property
    def unverified(self) -> list[str]:
        """Ids of figures in the totals that nobody has read on their page, of what is taken to cost nothing too."""
        used: dict[str, Figure] = {line.price.id: line.price for line in self.lines}
        used |= {price.id: price for price in self.per_pod} if self.pods else {}
        used |= {each.row.id: each.row.requests for each in self.pods if each.row.requests}
        return [name for name, figure in used.items() if not figure.verified]

    def bill(self, replicas: Mapping[str, float]) -> Bill:
        """At so many replicas of each service; of one that is not named, as many as its scaler allows."""
        services: dict[str, float] = {}
        for each in self.services:
            name = each.pods.name
            services[name] = services.get(name, 0) + each.usd * replicas.get(name, each.pods.most)
        standing = sum(line.usd for line in self.lines)
        unscaled = sum(each.usd * each.pods.most for each in self.pods if not each.pods.scaled)
        return Bill(services=services, platform=standing + unscaled)


def estimate(resources: Iterable[Resource], region: str | None, book: Book | None = None) -> Estimate:
    """Each resource of a stack is in at least one of the lists; `region` as its settings name it."""
    book = book or the_book()
    found = [each for each in resources if not each.type.startswith(OURS)]
    here = [price for price in book.prices if price.regions == EVERYWHERE or region in price.regions]
    per_pod = [price for price in here if price.of == [POD]]
    result = Estimate(per_pod=per_pod)
    for each in found:
        row = next((row for row in book.pods if each.meets(row)), None)
        try:
            if row:
                pods = running(each, row, found)
                result.pods.append(Priced(pods, row, _per_replica(pods, per_pod, region)))
            else:
                _price(each, here, book, region, result)
        except NotKnown as why:
            result.unpriced.append(Unpriced(each, str(why)))
    return result


def _per_replica(pods: Running, per_pod: Sequence[Price], region: str | None) -> float:
    """USD a month. What a node has left over is in no pod's price: see README.md."""
    for unit in OF_PODS:
        if not any(price.unit == unit for price in per_pod):
            raise NotKnown(f"no price of a {unit} in {region}")
    of_unit = {unit: sum(price.usd for price in per_pod if price.unit == unit) for unit in OF_PODS}
    return HOURS * (pods.cpu * of_unit["vCPU-hour"] + pods.memory * of_unit["GiB-hour"])


def _price(resource: Resource, here: Sequence[Price], book: Book, region: str | None, result: Estimate) -> None:
    mine = [price for price in here if resource.meets(price)]
    standing = [price for price in mine if price.unit in STANDING]
    if not standing and any(price.unit in STANDING for price in book.prices if resource.type in price.of):
        # A price of its traffic alone would hide that nobody knows what the thing itself costs.
        raise NotKnown(f"none of the book's rows on this type is for it in {region}")
    if not mine:
        raise NotKnown("the book has no row on this type")
    result.lines += [Line(resource, price, _units(resource, price)) for price in standing]
    result.by_use += [(resource, price) for price in mine if price.unit not in STANDING]


def _units(resource: Resource, price: Price) -> float:
    counts = [resource.count(path) for path in price.times]
    if None in counts:
        raise NotKnown(f"{price.times[counts.index(None)]} is not known before the update")
    return prod(count for count in counts if count is not None)
