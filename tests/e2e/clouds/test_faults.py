"""Whatever goes wrong in a cloud: `make up` carries on until all is there, once, and nothing besides."""

import re
from collections.abc import Iterator

import pytest

from tests.doubles.cloud import FaultKind
from tests.e2e.checkout import Checkout
from tests.e2e.counts import FULL
from tests.e2e.rehearsed import Rehearsed

FAULTS: dict[str, dict[FaultKind, str]] = {
    "aws": {
        "lost": "aws:ec2/subnet:Subnet",
        "init": "aws:ec2/natGateway:NatGateway",
        "die-after": "aws:ecr/repository:Repository",
        "die": "aws:kms/key:Key",
        "throttle": "aws:iam/role:Role",
        "error": "aws:ec2/vpc:Vpc",
        "quota": "aws:ec2/eip:Eip",
        "slow": "aws:elasticache/replicationGroup:ReplicationGroup",
    },
    "gcp": {
        "lost": "gcp:compute/network:Network",
        "init": "gcp:memorystore/instance:Instance",
        "die-after": "gcp:artifactregistry/repository:Repository",
        "die": "gcp:compute/router:Router",
        "throttle": "gcp:serviceaccount/account:Account",
        "error": "gcp:compute/firewall:Firewall",
        "quota": "gcp:storage/bucket:Bucket",
        "slow": "gcp:compute/subnetwork:Subnetwork",
    },
}
"""Which creation each one hits; `make test` takes the first three."""


@pytest.fixture(scope="module", params=FAULTS)
def rehearsed(request: pytest.FixtureRequest, checkout: Checkout) -> Iterator[Rehearsed]:
    made = Rehearsed(checkout, request.param)
    yield made
    made.make("down").ok()


def test_after_faults_of_the_cloud_make_up_ends_with_all(rehearsed: Rehearsed):
    faults = list(FAULTS[rehearsed.kind].items())[: None if FULL else 3]
    left = rehearsed.cloud.things()
    for kind, token in faults:
        rehearsed.cloud.plan("create", token, kind)
    ended = [rehearsed.make("up").code for _ in range(len(faults) + 1)]
    print(f"\n{len([code for code in ended if code])} of {len(ended)} failed")
    assert ended[0] and not ended[-1]
    met = {result for _, _, _, result in rehearsed.cloud.operations()}
    assert {"throttled", "error", "quota"} <= met or not FULL
    rehearsed.require_all_once(besides=left)


def test_the_audit_of_what_is_there_has_nothing_against_it(rehearsed: Rehearsed):
    """Of the state, and of what runs in the cluster: Envoy by a tag is waived there, and told."""
    said = rehearsed.make("audit").ok().stdout
    print(f"\n{said.splitlines()[-2]}")
    assert re.search(r"[1-9]\d* objects of the cluster, \d+ checks: 0 findings, [1-9]\d* waived, 0 not judged", said)
    assert "pod-image-by-digest" in (rehearsed.place / "audit" / f"{rehearsed.stack}.html").read_text()
