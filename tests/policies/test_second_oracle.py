"""Checkov as the second oracle: what it has against our stacks we flag too, or a row of differences.yaml says why not.

It is shown them as Terraform plans. That it sees what it is shown is tried by the table of insecure values: where a row
cites a check of Checkov's, Checkov itself is asked.
"""

import copy
import re
import tempfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from policies.pack import Pack
from policies.rules import RULES
from tests.doubles.in_process import whole
from tests.policies import table
from tests.policies.graphs import Stack, name_of, ours
from tests.policies.second_oracle import checkov
from tests.policies.second_oracle.terraform import Planned, has_a_type
from tests.policies.table import Resource, Row

pytestmark = pytest.mark.stack

DIFFERENCES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "second_oracle" / "differences.yaml").read_text()
)
STACKS = ("local", "aws-dev", "aws-crowded", "gcp-dev", "gcp-crowded")
"""Those that have most of what a stack may have, in both tiers."""
CHECK = re.compile(r"\bCKV_[A-Z0-9]+_\d+")
"""Checks on one resource. CKV2_ looks at what stands around it, which a row has not."""
KUBERNETES = "kubernetes:"


def planned(stack: Stack) -> Iterator[Planned]:
    plain = {
        each.urn: Planned(name_of(each), each.type, whole(each.inputs))
        for each in stack.resources
        if has_a_type(each.type)
    }
    for each in stack.resources:
        if each.urn in plain:
            uses = {key: [plain[urn] for urn in urns if urn in plain] for key, urns in each.stands_on.items()}
            yield Planned(name_of(each), each.type, plain[each.urn].inputs, uses)


def objects(stack: Stack) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Name in Pulumi, name as Checkov has it, and the object."""
    for each in stack.resources:
        if each.type.startswith(KUBERNETES) and "kind" in each.inputs:
            meta = each.inputs["metadata"]
            yield name_of(each), f"{each.inputs['kind']}.{meta.get('namespace', 'default')}.{meta['name']}", each.inputs


@cache
def flagged(name: str) -> frozenset[tuple[str, str]]:
    """What Checkov has against the stack: check and resource, by its name in Pulumi."""
    stack = ours(name)
    names = {told: ours for ours, told, _ in objects(stack)} | {each.address: each.name for each in planned(stack)}
    with tempfile.TemporaryDirectory() as folder:
        found = checkov.of_objects((whole(each) for *_, each in objects(stack)), Path(folder))
        if any(planned(stack)):
            found |= checkov.of_plan(planned(stack), Path(folder))
    return frozenset((check, names[told]) for check, told in found)


@cache
def answered(name: str) -> frozenset[tuple[str, str]]:
    """What our rules have against it, by the checks of Checkov's that they answer; as in prod, and waived or not."""
    pack = Pack(RULES)
    verdicts = (each for node in ours(name).graph().nodes for each in pack.judge(node.type, node.name, node.inputs))
    return frozenset((answer, each.resource) for each in verdicts for answer in each.rule.answers)


def differs(check: str, resource: str) -> bool:
    return any(row["check"] == check and resource in row["resources"] for row in DIFFERENCES)


@pytest.mark.parametrize("name", STACKS)
def test_what_checkov_flags_we_flag_or_say_why_not(name: str):
    unexplained = flagged(name) - answered(name)
    assert sorted(each for each in unexplained if not differs(*each)) == []


def test_each_difference_is_one():
    found = set().union(*(flagged(name) - answered(name) for name in STACKS))
    rows = {(row["check"], resource) for row in DIFFERENCES for resource in row["resources"]}
    assert sorted(rows - found) == []
    assert [row["check"] for row in DIFFERENCES if not row["why"]] == []


def cited() -> Iterator[tuple[str, Row]]:
    """Each check of Checkov's that a row of the table cites."""
    for part in (table.INSECURE, table.HELD_OUT):
        for row in table.rows(part):
            for check in CHECK.findall(" ".join(row.source)):
                yield check, row


def shown(row: Row) -> tuple[str, Resource]:
    """The row's resource under a name of its own."""
    name, inputs = re.sub(r"[^a-z0-9]+", "-", row.name), copy.deepcopy(row.resource.inputs)
    if row.resource.type.startswith(KUBERNETES):
        inputs["metadata"] = {**inputs["metadata"], "name": name}
    return name, Resource(name, row.resource.type, inputs)


@cache
def confirmed() -> tuple[int, int]:
    """How many of the cited checks Checkov has against the row that cites them, of how many."""
    rows = {row.name: shown(row) for _, row in cited()}
    resources: Mapping[str, Resource] = dict(rows.values())
    clouds = [Planned(each.name, each.type, each.inputs) for each in resources.values() if has_a_type(each.type)]
    inside = [each.inputs for each in resources.values() if each.type.startswith(KUBERNETES)]
    with tempfile.TemporaryDirectory() as folder:
        found = checkov.of_plan(clouds, Path(folder)) | checkov.of_objects(inside, Path(folder))
    against = {(check, told.rpartition(".")[2]) for check, told in found}
    all_ = [(check, rows[row.name][0]) for check, row in cited()]
    return sum(each in against for each in all_), len(all_)


def test_checkov_sees_what_it_is_shown():
    """Not all: it looks at less than we do, and at the policy of a bucket only beside the bucket."""
    seen, of = confirmed()
    assert seen / of > 0.85
