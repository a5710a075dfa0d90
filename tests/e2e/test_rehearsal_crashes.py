"""Whatever goes wrong in a cloud, or kills the engine: one `make up` later all is there once, and nothing besides."""

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from commands.processes import of_engine
from tests.doubles.cloud import Cloud, FaultKind
from tests.e2e.checkout import Checkout, Result
from tests.e2e.counts import FULL, count

LATEST_KILL_S = 25
"""After the start of `make up`: all of the cloud's resources are made by then."""

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


@dataclass(frozen=True)
class Rehearsal:
    """One cloud's small stack, in the checkout's rehearsal."""

    checkout: Checkout
    kind: str

    @property
    def stack(self) -> str:
        return f"{self.kind}-dev"

    @property
    def place(self) -> Path:
        return self.checkout.state / "rehearsal"

    @property
    def cloud(self) -> Cloud:
        return Cloud(self.place / f"{self.kind}.sqlite")

    def make(self, target: str) -> Result:
        return self.checkout.make(target, f"STACK={self.stack}", "REHEARSE=1")

    def up_killed_after(self, seconds: float) -> bool:
        """Whether an engine was at work then, which is killed alone: make is left to see it end."""
        process = self.checkout.start("make", "up", f"STACK={self.stack}", "REHEARSE=1")
        try:
            process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            engines = [each for each in of_engine(str(self.place / "home")) if each.name() == "pulumi"]
            for engine in engines:
                _kill(engine)
            process.communicate()
            return bool(engines)
        return False

    def latest(self) -> dict[str, Any]:
        file = self.place / "state" / ".pulumi" / "stacks" / "tradewind" / f"{self.stack}.json"
        return json.loads(file.read_text())["checkpoint"]["latest"]

    def require_all_once(self) -> None:
        """State and cloud hold the same, and nothing waits."""
        latest = self.latest()
        assert not latest.get("pending_operations")
        known = sorted((r["type"], r["id"]) for r in latest["resources"] if r["type"].startswith(f"{self.kind}:"))
        there = sorted((thing.token, thing.id) for thing in self.cloud.things())
        assert known == there
        assert not [resource["urn"] for resource in latest["resources"] if resource.get("initErrors")]


@pytest.fixture(scope="module", params=FAULTS)
def rehearsal(request: pytest.FixtureRequest, checkout: Checkout) -> Iterator[Rehearsal]:
    made = Rehearsal(checkout, request.param)
    yield made
    made.make("down").ok()


def test_after_kills_of_the_engine_one_make_up_finds_all(rehearsal: Rehearsal):
    moments, hits = random.Random(rehearsal.kind), 0
    while hits < count("kills_of_rehearsed_up"):
        seconds = moments.uniform(2, LATEST_KILL_S)
        hit = rehearsal.up_killed_after(seconds)
        print(f"\nkill {hits + 1} after {seconds:.1f} s: {'hit' if hit else 'nothing was at work'}")
        hits += hit
        begin = time.monotonic()
        rehearsal.make("up").ok()
        print(f"all there after {time.monotonic() - begin:.1f} s")
        rehearsal.require_all_once()
        rehearsal.make("down").ok()


def test_after_faults_of_the_cloud_make_up_ends_with_all(rehearsal: Rehearsal):
    faults = list(FAULTS[rehearsal.kind].items())[: None if FULL else 3]
    for kind, token in faults:
        rehearsal.cloud.plan("create", token, kind)
    ended = [rehearsal.make("up").code for _ in range(len(faults) + 1)]
    print(f"\n{len([code for code in ended if code])} of {len(ended)} failed")
    assert ended[0] and not ended[-1]
    met = {result for _, _, _, result in rehearsal.cloud.operations()}
    assert {"throttled", "error", "quota"} <= met or not FULL
    rehearsal.require_all_once()


def _kill(process: psutil.Process) -> None:
    try:
        os.kill(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
