"""Every resource of our four cloud stacks has a price, is free by its seller's page, or stands in a small table."""

import pytest

from commands.settings import written
from components.platforms.settings import PROJECT
from costs.estimate import OURS, Estimate, estimate
from costs.prices import the_book
from costs.resources import Resource
from tests.components import stacks

pytestmark = pytest.mark.stack

REGIONS = {"aws": "eu-west-1", "gcp": "europe-west1"}
STACKS = [f"{kind}-{tier}" for kind in REGIONS for tier in ("dev", "prod")]

LISTED = {
    "gcp:memorystore/instance:Instance": "no page with its figures could be had, and a guess would be worse",
}
"""Types without a price, and why."""

BY_USE = {
    *("aws:cloudwatch/logGroup:LogGroup", "aws:ecr/repository:Repository", "aws:s3/bucket:Bucket"),
    *("gcp:artifactregistry/repository:Repository", "gcp:compute/subnetwork:Subnetwork", "gcp:storage/bucket:Bucket"),
}
"""Types that cost nothing until something lies in them."""


def of(stack: str) -> tuple[list[Resource], Estimate]:
    kind = stack.partition("-")[0]
    made = [Resource(type=each.type, name=each.name, inputs=each.inputs) for each in stacks.plain(kind, stack).made]
    ours = [each for each in made if not each.type.startswith(OURS)]
    return ours, estimate(made, REGIONS[kind])


@pytest.mark.parametrize("stack", STACKS)
def test_every_resource_has_an_answer(stack: str):
    ours, found = of(stack)
    priced = {line.resource for line in found.lines} | {each.pods.resource for each in found.pods}
    listed = {each.resource for each in found.unpriced}
    assert {each.type for each in listed} <= LISTED.keys()
    assert {each.type for each in set(ours) - priced - listed} <= BY_USE
    assert not priced & listed


def test_no_type_is_listed_that_has_a_price_by_now():
    listed = {each.resource.type for stack in STACKS for each in of(stack)[1].unpriced}
    assert listed == LISTED.keys()


@pytest.mark.parametrize("stack", STACKS)
def test_what_production_is_known_for_costs_something(stack: str):
    """A cluster, a way out, a door and pods: a book that lost one of these rows would tell of a cheap stack."""
    _, found = of(stack)
    paid = {line.resource.type for line in found.lines if line.usd}
    assert {"aws:eks/cluster:Cluster", "aws:ec2/natGateway:NatGateway"} <= paid or {
        "gcp:container/cluster:Cluster",
        "gcp:compute/routerNat:RouterNat",
    } <= paid
    assert "kubernetes:core/v1:Service" in paid
    assert {each.pods.name for each in found.services} == {"embedder"}
    assert len(found.pods) == 5


@pytest.mark.parametrize("kind", REGIONS)
def test_production_costs_no_less_than_its_trial(kind: str):
    dev, prod = (of(f"{kind}-{tier}")[1].bill({}).total for tier in ("dev", "prod"))
    assert prod >= dev > 0


def test_no_row_of_the_book_is_of_a_type_that_no_stack_makes():
    made = {each.type for stack in STACKS for each in of(stack)[0]}
    spare = {kind for row in (*the_book().prices, *the_book().pods) for kind in row.of} - made
    assert spare == {"kubernetes:core/v1:Pod", "kubernetes:apps/v1:StatefulSet"}


def test_the_regions_are_those_that_our_stack_files_name():
    assert {written(stack)[f"{PROJECT}:region"] for stack in STACKS} == set(REGIONS.values())
