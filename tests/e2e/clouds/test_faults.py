"""Whatever goes wrong in a cloud: `make up` carries on until all is there, once, and nothing besides."""

import json
from collections.abc import Iterator

import pytest

from tests.doubles.cloud import FaultKind
from tests.e2e.checkout import Checkout, Result
from tests.e2e.counts import FULL
from tests.e2e.rehearsed import Rehearsed, require_all_once

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
    for kind, token in faults:
        rehearsed.cloud.plan("create", token, kind)
    ended = [rehearsed.make("up").code for _ in range(len(faults) + 1)]
    print(f"\n{len([code for code in ended if code])} of {len(ended)} failed")
    assert ended[0] and not ended[-1]
    met = {result for _, _, _, result in rehearsed.cloud.operations()}
    assert {"throttled", "error", "quota"} <= met or not FULL
    rehearsed.require_all_once()


def test_where_the_state_is_elsewhere_it_is_the_same(checkout: Checkout):
    """To the engine a folder is as good as s3:// or Pulumi Cloud: what it tells of its state is all that is known."""
    rehearsed = Rehearsed(checkout, "gcp")
    backend = checkout.state / "elsewhere"
    backend.mkdir(parents=True)
    enter = f'eval "$(make -s env REHEARSE=1 STACK={rehearsed.stack})"; export PULUMI_BACKEND_URL={backend.as_uri()}'

    def inside(command: str) -> Result:
        return checkout.run("bash", "-c", f"set -e; {enter}; {command}")

    rehearsed.cloud.plan("create", "gcp:compute/network:Network", "lost")
    rehearsed.cloud.plan("create", "gcp:artifactregistry/repository:Repository", "die-after")
    up = f"make up STACK={rehearsed.stack}"
    ended = [inside(up) for _ in range(3)]
    assert [bool(each.code) for each in ended] == [True, True, False]
    assert "adopted network-vpc" in ended[1].stderr
    told = json.loads(inside(f"pulumi stack export --stack {rehearsed.stack}").ok().stdout)
    require_all_once("gcp", told["deployment"], rehearsed.cloud)
    inside(f"make down STACK={rehearsed.stack}").ok()
    assert not rehearsed.cloud.things("gcp:container/cluster:Cluster")
