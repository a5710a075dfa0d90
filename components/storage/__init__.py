"""What storage is: a bucket of model artifacts, versioned and encrypted, that a service reads its own part of."""

from dataclasses import dataclass
from typing import Protocol

import pulumi

OLD_VERSIONS_DAYS = 90
"""How long a replaced or deleted artifact can be had back."""


@dataclass(frozen=True, kw_only=True)
class StorageArgs:
    owner: str
    """The stack, as in naming.OWNER."""
    protect: bool = False
    """Refuse a destroy, and keep what is inside."""


class Storage(Protocol):
    url: pulumi.Output[str]
    """Of the artifacts, one folder a service: `<url>/<service>/`."""
