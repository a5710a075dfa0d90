"""Which cluster is played, and what of it."""

from dataclasses import dataclass
from typing import Literal

from tests.doubles.cloud import Cloud, Thing


@dataclass(frozen=True, kw_only=True)
class Where:
    """The cluster that is played, as the cloud has it."""

    kind: Literal["aws", "gcp"]
    region: str
    store: Cloud
    cluster: str = ""
    """Its id in the store; empty: the only one there."""
    unplayed: frozenset[str] = frozenset()
    """Kinds whose status is left unset."""

    def itself(self, token: str) -> Thing | None:
        return next((each for each in self.store.things(token) if self.cluster in ("", each.id)), None)
