"""A cluster that cannot start says why; one that is slow to is waited for; one that has ended is known to."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from airgap.paths import CHECKOUT
from tests.doubles import aws
from tests.doubles.cloud import Thing
from tests.doubles.clusters import ADDRESS, LOCK, PID, Clusters, NotRunning

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


def test_one_that_nobody_has_asked_for_since_it_ended_is_known_to_have(tmp_path: Path):
    """`make down` starts what ran before, and then waits for the engine, whose plugin ends it."""
    program = f"""
        import os, signal, sys
        from pathlib import Path
        from filelock import FileLock
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        folder = Path({str(tmp_path)!r})
        lock = FileLock(folder / {LOCK!r})
        lock.acquire()
        (folder / {PID!r}).write_text(str(os.getpid()))
        print("ready", flush=True)
        signal.pause()
    """
    ours = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, text=True)
    assert ours.stdout and ours.stdout.readline() == "ready\n"
    theirs = f"from pathlib import Path; from tests.doubles.clusters import end; end(Path({str(tmp_path)!r}))"
    subprocess.run([sys.executable, "-c", theirs], cwd=CHECKOUT, check=True, timeout=20)
    assert ours.wait(1) == 0
