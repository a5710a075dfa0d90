"""What may go from the cache, and what a running process keeps."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from airgap import cache
from airgap.artifacts import ensure


@pytest.fixture
def artifacts(fresh_artifacts: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(cache, "ARTIFACTS", fresh_artifacts)
    monkeypatch.setattr(cache, "CACHE", fresh_artifacts.parent)
    monkeypatch.setattr(cache, "_ARTIFACT", cache.re.compile(f"{fresh_artifacts}/([^/\0]+/[0-9a-f]{{16}})".encode()))
    return fresh_artifacts


def made(name: str, digit: str, days: float = 0) -> Path:
    path = ensure(name, digit * 16, lambda out: shutil.copy("/bin/sleep", out / "sleep"), lambda _: None)
    then = time.time() - days * cache.DAY_S
    os.utime(path, (then, then))
    return path


def test_what_was_asked_for_lately_stays(artifacts: Path):
    old, new = made("thing", "a", days=9), made("thing", "b", days=1)
    assert cache.prune(days=7) == [old]
    assert new.is_dir() and not old.exists()
    assert list(artifacts.glob("*/.*")) == [], "nothing half-removed stays"


def test_to_be_asked_for_is_to_be_used(artifacts: Path):
    old = made("thing", "a", days=9)
    assert ensure("thing", "a" * 16, lambda out: pytest.fail("it is there"), lambda _: None) == old
    assert cache.prune(days=7) == []


def test_a_running_program_keeps_its_artifact_and_launchers_keep_their_root(artifacts: Path):
    root, program = made("root", "a", days=9), made("program", "b", days=9)
    launchers = ensure("launchers", "c" * 16, lambda out: (out / "root").symlink_to(root), lambda _: None)
    os.utime(launchers, (0, 0))
    running = subprocess.Popen([program / "sleep", "60"], env={"PATH": str(launchers / "bin")})
    # The kernel lets the parent go on a moment before the new program's environment can be read.
    while not Path(f"/proc/{running.pid}/environ").read_bytes():
        time.sleep(0.01)
    try:
        assert cache.prune(days=7) == []
    finally:
        running.kill()
        running.wait()
    assert cache.prune(days=7) == [launchers, program, root]


def test_sizes_are_listed_largest_first(artifacts: Path):
    (made("large", "a") / "more").write_bytes(bytes(10**6))
    made("small", "b")
    assert [part.name.split("/")[-2] for part in cache.parts() if part.name.startswith("artifacts")] == [
        "large",
        "small",
    ]
    assert cache.parts()[0].size > 10**6
