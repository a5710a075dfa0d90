"""What is asked of a resource's inputs, as a plan knows them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from costs.prices import Row
from policies.inputs import steps
from provider.protocol import at


@dataclass(frozen=True, kw_only=True, eq=False)
class Resource:
    """One of a stack; what a preview cannot know is provider.protocol.UNKNOWN."""

    type: str
    """As in a URN: aws:ec2/natGateway:NatGateway."""
    name: str
    """In Pulumi."""
    inputs: Mapping[str, Any]

    def get(self, path: str) -> Any:
        """What `a.b.0` leads to; None where nothing is set."""
        return at(self.inputs, steps(path))

    def each(self, path: str) -> list[Any]:
        """The list at a path, or the one thing that stands there; empty where nothing is set."""
        value = self.get(path)
        return value if isinstance(value, list) else [] if value is None else [value]

    def count(self, path: str) -> float | None:
        """The number at a path, or of how many a list there is; None where neither is known."""
        value = self.get(path)
        if isinstance(value, list):
            return len(value)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    def meets(self, row: Row) -> bool:
        """Whether a row is on it; one that selects by what is not known yet is not."""
        if self.type not in row.of:
            return False
        return all(_text(self.get(path)) in values for path, values in row.where.items())


def of_type(resources: Iterable[Resource], *types: str) -> list[Resource]:
    return [each for each in resources if each.type in types]


def _text(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value
