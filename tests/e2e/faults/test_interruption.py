"""`make up`, killed at any moment, is carried on by the next one, and leaves nothing twice."""

import os
import random
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass

import pytest

from tests.e2e.checkout import Checkout, Result
from tests.e2e.cluster import Cluster
from tests.e2e.counts import count


def kill_after(checkout: Checkout, seconds: float, group: bool) -> bool:
    """Start `make up` and kill it, or it with its process group; whether it was still at work."""
    process = checkout.start("make", "up")
    try:
        process.communicate(timeout=seconds)
        return False
    except subprocess.TimeoutExpired:
        if group:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.communicate()
        return True


def state_of(checkout: Checkout) -> list[str]:
    latest = checkout.checkpoint()
    assert not latest.get("pending_operations")
    return sorted(resource["urn"] + (" deleting" if resource.get("delete") else "") for resource in latest["resources"])


def differences(found: list[str], wanted: list[str]) -> list[str]:
    """Lines that are too many, with a plus, and that are missing, with a minus; a doubled line is one too many."""
    more, less = Counter(found) - Counter(wanted), Counter(wanted) - Counter(found)
    return [*(f"+ {line}" for line in more.elements()), *(f"- {line}" for line in less.elements())]


@dataclass(frozen=True)
class Clean:
    """A run from nothing that nobody disturbs: how long it takes, what it leaves in the API server and in the state."""

    seconds: float
    objects: list[str]
    state: list[str]


@pytest.fixture(scope="module")
def clean(checkout: Checkout, up: Result) -> Clean:
    return Clean(up.seconds, Cluster.of(checkout.outputs()["platform"]).inventory(), state_of(checkout))


def test_after_kills_at_random_moments_all_is_as_after_a_clean_run(checkout: Checkout, clean: Clean):
    moments = random.Random(4)
    checkout.make("down").ok()
    hit = 0
    while hit < count("kills_of_up"):
        seconds = moments.uniform(0.5, clean.seconds)
        killed = kill_after(checkout, seconds, group=bool(moments.getrandbits(1)))
        print(f"kill {hit + 1} after {seconds:.1f} s: {'hit' if killed else 'it had ended'}")
        hit += killed
        if not killed:
            checkout.make("down").ok()
    checkout.make("up").ok()
    assert differences(Cluster.of(checkout.outputs()["platform"]).inventory(), clean.objects) == []
    assert differences(state_of(checkout), clean.state) == []


def test_ctrl_c_ends_it_with_all_its_processes_and_the_next_one_carries_on(checkout: Checkout, clean: Clean):
    checkout.make("down").ok()
    process = checkout.start("make", "up")
    time.sleep(12)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    _, stderr = process.communicate(timeout=120)
    assert process.returncode != 0
    assert "interrupted; the next run carries on" in stderr
    listed = subprocess.run(["pgrep", "-f", f"pulumi.*{checkout.path}|{checkout.path}.*pulumi"], capture_output=True)
    assert listed.stdout == b""
    checkout.make("up").ok()
    assert state_of(checkout) == clean.state
