"""What a stack costs: sums that were done by hand, and nothing that is left out in silence."""

from typing import Any

import pytest

from costs.estimate import Estimate, estimate
from costs.resources import Resource
from provider.protocol import UNKNOWN
from tests.costs.samples import CACHE, CHART, DISK, REGION, a_book, a_cache, a_deployment, a_scaler, a_stack


def of(*resources: Resource, region: str | None = REGION, **changes: dict[str, Any]) -> Estimate:
    return estimate(resources, region, a_book(**changes))


def test_a_small_stack_costs_what_a_person_reckons():
    found = of(*a_stack())
    # 730 h x (0.5 vCPU x 0.05 + 1 GiB x 0.01) a replica; cache 730 h x 2 nodes x 3 zones x 0.1, disk 3,
    # chart 730 h x (0.2 vCPU x 0.05 + 0.5 GiB x 0.01)
    bill = found.bill({"embedder": 2})
    assert bill.services == {"embedder": pytest.approx(51.10)}
    assert bill.platform == pytest.approx(438 + 3 + 10.95)
    assert bill.total == pytest.approx(503.05)
    assert found.unpriced == [] and found.unverified == []
    assert {price.id for _, price in found.by_use} == {"cache-backups", "disk-reads"}


def test_a_service_that_is_not_named_is_at_its_maximum():
    assert of(*a_stack()).bill({}).services == {"embedder": pytest.approx(3 * 25.55)}


@pytest.mark.parametrize(
    ("row", "more"),
    [
        ("core", 730 * 0.7),  # of one replica and the chart
        ("core_fee", 730 * 0.7),
        ("memory", 730 * 1.5),
        ("cache_small", 730 * 6),
        ("disk_lease", 1),
        ("role", 1),
        ("cache_backups", 0),
        ("disk_reads", 0),
    ],
)
def test_each_figure_counts_as_often_as_its_unit_says(row: str, more: float):
    usd = next(price.usd for price in a_book().prices if price.id == row.replace("_", "-"))
    once = {"embedder": 1}
    total = of(*a_stack(), **{row: {"usd": usd + 1}}).bill(once).total
    assert total == pytest.approx(of(*a_stack()).bill(once).total + more)


def test_an_unverified_figure_is_told_only_where_it_counts():
    changes = {"disk_lease": {"verified": False}, "core": {"verified": False}, "disk_reads": {"verified": False}}
    assert of(*a_stack(), **changes).unverified == ["disk-lease", "core"]
    assert of(a_cache(), **changes).unverified == []


@pytest.mark.parametrize(
    ("resource", "why"),
    [
        (Resource(type="sky:queue:Queue", name="q", inputs={}), "the book has no row on this type"),
        (a_cache(size="large"), "none of the book's rows on this type is for it in here"),
        (a_cache(size=UNKNOWN), "none of the book's rows on this type is for it in here"),
        (a_cache(size=None), "none of the book's rows on this type is for it in here"),
        (a_cache(nodes=UNKNOWN), "nodes is not known before the update"),
        (a_cache(nodes=None), "nodes is not known before the update"),
        (a_cache(zones=UNKNOWN), "zones is not known before the update"),
        (a_deployment(cpu=UNKNOWN), "container embedder requests no cpu that is known"),
        (a_deployment(memory=None), "container embedder requests no memory that is known"),
        (a_deployment(template={"spec": {}}), "spec.template.spec.containers shows no container"),
        (a_deployment(replicas=UNKNOWN), "spec.replicas of embedder-replicas is not known before the update"),
        (Resource(type=CHART, name="c", inputs={"chart": "unheard-of"}), "the book has no row on this type"),
    ],
)
def test_what_has_no_price_is_listed_and_counts_nothing(resource: Resource, why: str):
    found = of(resource)
    assert [(each.resource, each.why) for each in found.unpriced] == [(resource, why)]
    assert found.bill({}).total == 0
    assert not found.by_use and not found.pods


def test_a_price_of_another_region_is_none():
    found = of(*a_stack(), region="there")
    assert sorted(each.resource.name for each in found.unpriced) == ["cache", "disk", "embedder-replicas", "keda"]
    assert found.bill({}).total == 0
    assert [line.resource.name for line in found.lines] == ["embedder-scaler", "role"]


def test_without_a_region_only_what_costs_the_same_everywhere_has_a_price():
    assert {each.resource.type for each in of(*a_stack(), region=None).unpriced} >= {CACHE, DISK}


def test_zones_that_are_not_known_yet_are_counted_all_the_same():
    assert of(a_cache(zones=[UNKNOWN, UNKNOWN, UNKNOWN])).bill({}).total == pytest.approx(438)


@pytest.mark.parametrize(
    ("scaler", "bounds"),
    [
        (a_scaler(), (1, 3)),
        (a_scaler(minReplicaCount=None, maxReplicaCount=None), (0, 100)),
        (a_scaler(namespace=UNKNOWN), (1, 3)),
        (a_scaler(namespace="others"), (1, 1)),
        (a_scaler("another"), (1, 1)),
        (a_scaler(scaleTargetRef={"name": "embedder", "kind": "StatefulSet"}), (1, 1)),
    ],
)
def test_replicas_are_bounded_by_the_scaler_of_that_workload(scaler: Resource, bounds: tuple[int, int]):
    [priced] = of(a_deployment(), scaler).pods
    assert (priced.pods.least, priced.pods.most) == bounds
    assert priced.pods.scaled == (bounds != (1, 1))


def test_a_maximum_that_is_not_known_leaves_the_service_without_a_price():
    [missing] = of(a_deployment(), a_scaler(maxReplicaCount=UNKNOWN)).unpriced
    assert missing.why == "spec.maxReplicaCount of embedder-scaler is not known before the update"


def test_what_nothing_scales_is_the_platforms_at_its_own_replicas():
    bill = of(a_deployment(replicas=4)).bill({})
    assert bill.services == {} and bill.platform == pytest.approx(4 * 25.55)
