"""One checkout under test for all proofs of a folder, in an order in which each finds what the one before it left."""

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
    "measured/test_cold",  # the whole way from empty caches, in a checkout of its own
    "measured/test_generator",  # needs no stack, and a machine with nothing else on it or beside it
    "measured/test_up",
    "measured/test_refusals",
    "measured/test_audit",
    "measured/test_again",
    "measured/test_memory",
    "measured/test_startup",
    "measured/test_load",
    "measured/test_overload",
    "measured/test_reaction",
    "measured/test_held_out",  # measures anew, so after what stands on the capacity that is there
    "measured/test_rollout",
    "measured/test_zero",
    "faults/test_interruption",  # compares with the first `make up`, so before anything is done to that
    "faults/test_given_cluster",
    "faults/test_healing",
    "faults/test_ledger",
    "faults/test_down",  # takes the stack away
    "clouds/test_life",
    "clouds/test_cost",
    "clouds/test_faults",
    "accounts/test_elsewhere",
    "accounts/test_layers",
    "accounts/test_accounts",  # in a checkout of its own
    "kills/test_aws",
    "kills/test_gcp",
]
"""Of files. Each folder can be run beside the others, and each file of kills/; measured/ by itself."""

IN_FULL_ALONE = [
    "measured/test_cold.py",
    "measured/test_generator.py",
    "measured/test_overload.py",
    "measured/test_reaction.py",
    "measured/test_held_out.py",
    "kills",
]
collect_ignore = [] if FULL else IN_FULL_ALONE


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        return ORDER.index(str(item.path.relative_to(HERE).with_suffix("")))

    mine = [item for item in items if item.path.is_relative_to(HERE)]
    others = [item for item in items if not item.path.is_relative_to(HERE)]
    items[:] = others + sorted(mine, key=place)


@pytest.fixture(scope="session")
def checkout(request: pytest.FixtureRequest) -> Iterator[Checkout]:
    """At a place that what is run fixes, a folder or a file, so that a killed run's is found and swept by the next."""
    files = {item.path for item in request.session.items}
    part = files.pop() if len(files) == 1 else request.session.items[0].path.parent
    place = STATE / "test" / "-".join(part.relative_to(HERE).with_suffix("").parts)
    place.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(place.with_suffix(".lock")):
        Checkout(place).remove()
        copy = Checkout.copy(place)
        failed = request.session.testsfailed
        try:
            yield copy
        finally:
            if request.session.testsfailed > failed:
                print(copy.last_words())
            copy.remove()


@pytest.fixture(scope="session")
def up(checkout: Checkout) -> Result:
    """What the first `make up` said; with it the stack is there."""
    return checkout.make("up").ok()


@pytest.fixture
def cluster(checkout: Checkout, up: Result) -> Cluster:
    """The API server of the stack, as it is now."""
    return Cluster.of(checkout.outputs()["platform"])
