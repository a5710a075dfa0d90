"""Build once, publish whole."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from airgap.artifacts import ensure, find, key_of
from airgap.paths import CHECKOUT


def fill(out: Path) -> None:
    (out / "file").write_text("content")


def test_what_is_built_is_found_and_not_built_again(fresh_artifacts: Path, said: list[str]):
    built = ensure("thing", "0" * 16, fill, said.append)
    assert (built / "file").read_text() == "content"
    said.clear()
    assert ensure("thing", "0" * 16, lambda out: pytest.fail("built twice"), said.append) == built
    assert said == []


def test_a_failed_build_leaves_no_artifact_and_the_next_starts_clean(fresh_artifacts: Path, said: list[str]):
    def half(out: Path) -> None:
        (out / "half").touch()
        raise RuntimeError("cut off")

    with pytest.raises(RuntimeError, match="cut off"):
        ensure("thing", "0" * 16, half, said.append)
    assert find("thing", "0" * 16) is None
    assert sorted(path.name for path in ensure("thing", "0" * 16, fill, said.append).iterdir()) == ["file"]


def test_two_that_want_the_same_build_it_once(fresh_artifacts: Path):
    lines: list[list[str]] = [[], []]
    builds = []

    def slow(out: Path) -> None:
        builds.append(out)
        time.sleep(0.5)
        fill(out)

    threads = [threading.Thread(target=ensure, args=("thing", "0" * 16, slow, line.append)) for line in lines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(builds) == 1
    assert "thing: another process is building it, waiting" in lines[0] + lines[1]


def test_a_killed_builder_frees_its_lock(tmp_path: Path):
    code = (
        "import sys, time; from airgap.artifacts import ensure\n"
        "ensure('thing', '0' * 16, lambda out: ((out / 'half').touch(), print('at it', flush=True), time.sleep(60)), print)"
    )
    env = {**os.environ, "TRADEWIND_CACHE": str(tmp_path)}
    builder = subprocess.Popen([sys.executable, "-c", code], env=env, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
    assert builder.stdout
    while "at it" not in builder.stdout.readline():
        assert builder.poll() is None
    builder.send_signal(signal.SIGKILL)
    builder.wait()
    after = code.replace("'half'", "'whole'").replace("60", "0")
    done = subprocess.run(
        [sys.executable, "-c", after], env=env, cwd=CHECKOUT, capture_output=True, text=True, timeout=20
    )
    assert done.returncode == 0, done.stderr
    assert [path.name for path in (tmp_path / "artifacts" / "thing" / ("0" * 16)).iterdir()] == ["whole"]


def test_a_key_changes_with_each_part_and_with_where_it_ends(tmp_path: Path):
    file = tmp_path / "file"
    file.write_text("ab")
    assert key_of("ab", "c") != key_of("a", "bc")
    assert key_of(file) == key_of("ab")
    file.write_text("ac")
    assert key_of(file) != key_of("ab")
