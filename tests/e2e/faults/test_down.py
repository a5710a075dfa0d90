"""`make down` leaves the cache and nothing else, whatever it meets."""

import time

import pytest

from airgap.paths import CACHE
from tests.e2e.checkout import Checkout, Result

BUILDING_S = 15


def test_it_leaves_nothing_and_keeps_the_cache(checkout: Checkout, up: Result):
    checkout.make("up").ok()
    layout = checkout.layout()
    assert layout and checkout.leftovers(layout), "the search must see a running node"
    down = checkout.make("down").ok()
    assert down.stderr.splitlines()[-1] == "nothing is left but the cache"
    assert checkout.leftovers(layout) == []
    assert checkout.checkpoint().get("resources", []) == []
    assert any((CACHE / "artifacts").iterdir())


def test_a_second_one_has_nothing_to_do(checkout: Checkout, up: Result):
    assert checkout.make("down").ok().seconds < 30


def damaged_state(checkout: Checkout) -> None:
    path = checkout.state / "state" / ".pulumi" / "stacks" / "tradewind" / "local.json"
    path.write_text(path.read_text()[:100])


def missing_engine(checkout: Checkout) -> None:
    (checkout.state / "engine").unlink()


@pytest.mark.parametrize("damage", [damaged_state, missing_engine])
def test_it_sweeps_a_half_built_node_whose_stack_or_engine_is_broken(checkout: Checkout, up: Result, damage):
    process = checkout.start("make", "up")
    time.sleep(BUILDING_S)
    process.kill()
    process.communicate()
    layout = checkout.layout()
    damage(checkout)
    checkout.make("down").ok()
    assert checkout.leftovers(layout) == []
