"""`ensure` and `stop` may be killed at any moment; the next run converges."""

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from airgap import node
from airgap.node import cgroups, claims, lifecycle
from airgap.node.layout import NodeSpec
from airgap.node.processes import PROCESSES

pytestmark = [pytest.mark.node, pytest.mark.timeout(900)]

COLD_S = 8
"""About what a start takes: kills are drawn from this time."""


def killed(call: str, spec: NodeSpec, after_s: float) -> None:
    """Run `airgap.node.<call>` in a process of its own and kill it after some time."""
    program = (
        "import sys; from pathlib import Path; from airgap import node; "
        f"node.{call}(node.NodeSpec(name={spec.name!r}, state=Path({str(spec.state)!r})), print)"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(after_s)
    process.send_signal(signal.SIGKILL)
    process.wait()


def converges(folder: Path, kills: int) -> None:
    draw = random.Random(7)
    spec = NodeSpec(name="test-killed", state=folder / "node")
    node.stop(spec, print)
    try:
        for number in range(kills):
            if number % 4 == 3:
                killed("stop", spec, draw.uniform(0.3, 1.5))
            killed("ensure", spec, draw.uniform(0.3, COLD_S))
        facts = node.ensure(spec, print)
        assert node.ensure(spec, print) == facts
        assert node.status(spec) == {process.name: True for process in PROCESSES}
        groups = [group for group in cgroups.members(spec.cgroup).values() if group.startswith(cgroups.SYSTEM)]
        assert len([group for group in groups if not group.endswith("/containerd")]) == len(PROCESSES) - 1, "no doubles"
        layout = claims.load(spec)
    finally:
        node.stop(spec, print)
    assert node.leftovers(spec, layout) == []


def test_a_start_that_is_killed_converges(tmp_path: Path):
    converges(tmp_path, kills=4)


def test_a_removal_that_is_killed_half_way_does_not_lose_the_key_of_what_it_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    spec = NodeSpec(name="test-parted", state=tmp_path / "node")
    try:
        node.ensure(spec, print)
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(lifecycle, "shutil", SimpleNamespace(rmtree=_half))
            node.stop(spec, print)
        node.ensure(spec, print)
    finally:
        node.stop(spec, print)
    assert [path.name for path in tmp_path.iterdir()] == ["node.lock"]


def _half(folder: Path) -> None:
    """Removes the keys, and is killed before it comes to what they open."""
    shutil.rmtree(folder / "config")
    raise KeyboardInterrupt


@pytest.mark.soak
def test_twenty_kills_at_random_moments_converge(tmp_path: Path):
    converges(tmp_path, kills=20)
