"""A cluster that cannot start says why; one that is slow to is waited for."""

import sys
from pathlib import Path

import pytest

from tests.doubles import aws
from tests.doubles.cloud import Thing
from tests.doubles.clusters import ADDRESS, Clusters, NotRunning

ARN = "arn:aws:eks:eu-west-1:123456789012:cluster/lab"
LAB = Thing(token="aws:eks/cluster:Cluster", id="lab", inputs={}, outputs={"arn": ARN})


@pytest.fixture
def there(tmp_path: Path) -> Clusters:
    return Clusters(tmp_path, "aws")


def in_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Another program than the cluster's, which is given the same arguments."""
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))


def test_one_that_ends_at_once_is_named_with_its_last_words(
    there: Clusters, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    in_its_place(tmp_path, monkeypatch, "echo no room; exit 1")
    with pytest.raises(NotRunning, match="the cluster did not come up: no room"):
        there.start(LAB, aws.ROWS[LAB.token])


def test_one_that_takes_long_to_its_lock_is_no_dead_one(
    there: Clusters, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = there.folder(LAB.id)
    (folder / "pki").mkdir(parents=True)
    (folder / "pki" / "ca.crt").write_text("")
    in_its_place(tmp_path, monkeypatch, f"sleep 1; printf 127.0.0.1:1 > {folder / ADDRESS}; sleep 1")
    assert there.start(LAB, aws.ROWS[LAB.token])["endpoint"] == "https://127.0.0.1:1"
