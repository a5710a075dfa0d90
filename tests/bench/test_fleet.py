"""The fleet in real processes: a metric that is fed is answered by the replicas that are simulated."""

import time
from pathlib import Path

import pytest

from bench.answers import all_simulated
from bench.decisions import running
from bench.fleet import LEAST, TARGET

pytestmark = pytest.mark.cluster


def test_a_step_of_the_metrics_brings_the_replicas_that_are_simulated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    totals = [ratio * TARGET for ratio in (0.5, 1.05, 1.2, 2.0, 2.1, 8.0)]
    replicas = [each.replicas for each in all_simulated(totals, [LEAST] * len(totals), 2)]
    assert replicas == [1, 1, 2, 2, 3, 8]
    with running(len(totals)) as fleet:
        assert fleet.desired == fleet.ready == [LEAST] * len(totals)
        begin = time.monotonic()
        fleet.plane.values.feed(dict(enumerate(totals)))
        assert fleet.await_(replicas, 60)
        assert fleet.plane.values.asked > 0
        assert all(begin < at <= ready for at, ready in zip(fleet.desired_at[2:], fleet.ready_at[2:], strict=True))
    assert list(tmp_path.iterdir()) == []
