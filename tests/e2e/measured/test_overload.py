"""Ten times what all replicas carry: they answer on, and who is not served is told so at once."""

from collections.abc import Iterator

import pytest
import yaml

from components.capacity import cores
from loadtests.overload import SHAPE
from tests.e2e.checkout import Checkout, Result
from tests.e2e.cluster import Cluster

REPLICAS = 2
"""Whose limits leave the generator more than a core of two: with three it is late, and the run void."""


@pytest.fixture
def limited(checkout: Checkout, up: Result) -> Iterator[None]:
    path = checkout.path / "bentos" / "embedder" / "card.yaml"
    text = path.read_text()
    card = yaml.safe_load(text)
    card["scale"]["max"] = REPLICAS
    path.write_text(yaml.safe_dump(card))
    try:
        checkout.make("up").ok()
        yield
    finally:
        path.write_text(text)
        checkout.make("up").ok()


@pytest.mark.usefixtures("limited")
def test_ten_times_the_full_load_leaves_nine_tenths_of_it_answered(checkout: Checkout, cluster: Cluster):
    run = checkout.make("load", "SERVICE=embedder", f"SHAPE={SHAPE}")
    print(f"\n{run.stdout}")
    assert run.code == 0, run.stdout + run.stderr[-3000:]
    assert checkout.report("embedder")["verdict"]["passed"]
    limits = {cores(pod["spec"]["containers"][0]["resources"]["limits"]["cpu"]) for pod in cluster.pods("models")}
    assert REPLICAS * max(limits) <= 1
