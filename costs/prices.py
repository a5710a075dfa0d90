"""The price book: book/*.yaml, a row for each price, with where it was read and whether anybody has.

A resource finds its rows by type, region and inputs. No row is ever taken from another region.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date as day
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from components.part import Part
from components.validation import InvalidInput, Model, checked, problem, read
from costs.quantity import quantity

BOOK = Path(__file__).parent / "book"

EVERYWHERE = "everywhere"
"""In place of regions: for what the source prices alike in all of them."""

HOURS = 730
"""Of a month, as both clouds' calculators have it: https://docs.aws.amazon.com/pricing-calculator/latest/userguide/pricing-assumptions.html"""

Unit = Literal["hour", "month", "vCPU-hour", "GiB-hour", "GB", "GB-month", "10,000 requests", "NLCU-hour", "VM-hour"]
STANDING = {"hour": HOURS, "month": 1}
"""Units of what costs for as long as it is there: how many a month has."""
OF_PODS = ("vCPU-hour", "GiB-hour")
"""Units of what a pod requests. All others count what callers and pods will do, which no plan knows."""

POD = "kubernetes:core/v1:Pod"
"""What the rows of OF_PODS are of, whatever starts the pod."""


class Row(Part):
    """Which resources a row is on."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", examples=["nat-gateway"])
    of: list[str] = Field(min_length=1, examples=[["aws:ec2/natGateway:NatGateway"]])
    """Resource types, as in a URN."""
    where: dict[str, list[str | None]] = Field(default={}, examples=[{"nodeType": ["cache.t4g.small"]}])
    """Inputs by path, and the values by which they select the row; null: nothing is set."""


class Figure(Part):
    """Where a figure was found."""

    source: str = Field(pattern=r"^https://\S+$", examples=["https://aws.amazon.com/vpc/pricing/"])
    """The page of whoever sells or makes it."""
    date: day = Field(examples=["2026-11-29"])
    """When it was looked for."""
    verified: bool = Field(examples=[False])
    """Whether it was read on that page; else somebody remembers it."""

    @field_validator("date")
    @classmethod
    def _past(cls, value: day) -> day:
        if value > day.today():
            raise problem("must not lie ahead", "write the day on which the figure was looked for")
        return value


class Price(Row, Figure):
    """A price of some resources in some regions."""

    regions: list[str] | Literal["everywhere"] = Field(min_length=1, examples=[["eu-west-1"]])
    unit: Unit = Field(examples=["hour"])
    usd: float = Field(ge=0, allow_inf_nan=False, examples=[0.048])
    """Of one unit, before tax and discounts; 0 where the source says that it costs nothing."""
    times: list[str] = Field(default=[], examples=[["numCacheClusters"]])
    """Paths of the numbers, or lists, that say how many units a resource is: their product."""

    @field_validator("unit")
    @classmethod
    def _pods_alone(cls, unit: str, info: ValidationInfo) -> str:
        if (unit in OF_PODS) != (info.data.get("of") == [POD]):
            raise problem(
                f"must be one of {', '.join(OF_PODS)} of {POD} and nowhere else", f"change it, or `of: [{POD}]`"
            )
        return unit

    @field_validator("times")
    @classmethod
    def _of_what_stands(cls, times: list[str], info: ValidationInfo) -> list[str]:
        if times and info.data.get("unit") not in STANDING:
            raise problem(f"must stand beside a unit of {', '.join(STANDING)}", "remove it, or change the unit")
        return times


class Requests(Figure):
    """What one pod requests, as Kubernetes quantities."""

    cpu: str = Field(examples=["100m"])
    memory: str = Field(examples=["256Mi"])

    @field_validator("cpu", "memory")
    @classmethod
    def _is_quantity(cls, value: str) -> str:
        if quantity(value) is None:
            raise problem("must be a quantity of Kubernetes", "write it as in 100m or 256Mi")
        return value


class Pods(Row):
    """Resources that keep pods running: where their inputs say what each requests, or what it requests anyway."""

    containers: list[str] = Field(default=[], examples=[["spec.template.spec.containers"]])
    """Paths of a container, or of a list of them."""
    replicas: str | None = Field(default=None, examples=["spec.replicas"])
    """Path of how many pods there are; one where nothing is set."""
    requests: Requests | None = Field(
        default=None, validate_default=True, examples=[{"cpu": "100m", "memory": "256Mi"}]
    )
    """Of all pods together, of what shows no container, as a chart may."""

    @field_validator("requests")
    @classmethod
    def _one_of_both(cls, value: Requests | None, info: ValidationInfo) -> Requests | None:
        if "containers" in info.data and bool(value) == bool(info.data["containers"]):
            raise problem("must be there where `containers` is not, and only there", "write one of both")
        return value


class Book(Part):
    """All rows."""

    prices: list[Price]
    pods: list[Pods]

    @field_validator("prices", "pods")
    @classmethod
    def _each_once(cls, rows: Sequence[Row]) -> Sequence[Row]:
        if twice := [name for name, count in Counter(row.id for row in rows).items() if count > 1]:
            raise problem(
                f"must call each row by an id of its own, and {', '.join(twice)} is there twice", "rename one"
            )
        return rows


class _File(Part):
    """A file of the book, before its rows are read."""

    prices: list[dict[str, Any]] = Field(default=[])
    pods: list[dict[str, Any]] = Field(default=[])


@cache
def the_book() -> Book:
    """All rows of book/; InvalidInput names file, row, field and fix."""
    return load_book(BOOK)


def load_book(folder: Path) -> Book:
    prices: list[Price] = []
    pods: list[Pods] = []
    problems: list[str] = []
    for path in sorted(folder.glob("*.yaml")):
        shown = f"costs/{folder.name}/{path.name}"
        file = checked(_File, read(path, shown), shown)
        prices += _rows(Price, file.prices, shown, problems)
        pods += _rows(Pods, file.pods, shown, problems)
    if problems:
        raise InvalidInput("\n".join(problems))
    return checked(Book, {"prices": prices, "pods": pods}, f"costs/{folder.name}")


def _rows(model: type[Model], rows: Iterable[Mapping[str, Any]], shown: str, problems: list[str]) -> Iterator[Model]:
    """Those that are right; what is wrong with the others goes to `problems`, each line by its row's id."""
    for number, row in enumerate(rows, start=1):
        try:
            yield checked(model, row, f"{shown}: {row.get('id', f'row {number}')}")
        except InvalidInput as error:
            problems.append(str(error))
