"""One checkout under test for all proofs, in an order in which each finds what the one before it left."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from airgap.paths import STATE
from tests.e2e.checkout import Checkout, Result
from tests.e2e.cluster import Cluster
from tests.e2e.counts import FULL

HERE = Path(__file__).parent

ORDER = [
    "test_cold",  # the whole way from empty caches, in a checkout of its own
    "test_up",
    "test_again",
    "test_memory",
    "test_startup",
    "test_load",
    "test_rollout",
    "test_given_cluster",
    "test_healing",
    "test_interruption",
    "test_down",  # takes the stack away
    "test_rehearsal",
    "test_rehearsal_faults",
    "test_rehearsal_kills",
]
"""Of files."""

collect_ignore = [] if FULL else ["test_cold.py", "test_rehearsal_kills.py"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mine = [item for item in items if item.path.parent == HERE]
    others = [item for item in items if item.path.parent != HERE]
    items[:] = others + sorted(mine, key=lambda item: ORDER.index(item.path.stem))


@pytest.fixture(scope="session")
def checkout() -> Iterator[Checkout]:
    """At a fixed place, so that a killed run's is found and swept by the next."""
    place = STATE / "test" / "checkout"
    place.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(place.with_suffix(".lock")):
        Checkout(place).remove()
        copy = Checkout.copy(place)
        try:
            yield copy
        finally:
            copy.remove()


@pytest.fixture(scope="session")
def up(checkout: Checkout) -> Result:
    """What the first `make up` said; with it the stack is there."""
    return checkout.make("up").ok()


@pytest.fixture
def cluster(checkout: Checkout, up: Result) -> Cluster:
    """The API server of the stack, as it is now."""
    return Cluster.of(checkout.outputs()["platform"])
