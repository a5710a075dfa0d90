"""Programs from Go modules: a small real module, the real compiler."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from airgap import golang
from airgap.errors import SetupError
from airgap.paths import CHECKOUT

BUILD = ["go", "build"]
HELLO = 'package main\n\nfunc main() { print("hello") }\n'


@pytest.fixture
def modules(tmp_path: Path, fresh_artifacts: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of modules with one, `small`, whose program ./hello prints hello."""
    folder = tmp_path / "go"
    (folder / "small" / "hello").mkdir(parents=True)
    (folder / "small" / "go.mod").write_text("module small\n\ngo 1.22\n")
    (folder / "small" / "go.sum").write_text("")
    (folder / "small" / "hello" / "main.go").write_text(HELLO)
    monkeypatch.setattr(golang, "MODULES", folder)
    golang._go_version.cache_clear()
    yield folder
    golang._go_version.cache_clear()


def run(program: Path) -> str:
    return subprocess.run([program], capture_output=True, text=True, check=True).stderr


def test_a_program_is_built_and_the_next_time_only_found(modules: Path, said: list[str]):
    assert golang.built("small", "./hello") is None
    program = golang.binary("small", "./hello", said.append)
    assert run(program) == "hello"
    assert said[0] == "go-small-hello: building"
    said.clear()
    assert golang.binary("small", "./hello", said.append) == golang.built("small", "./hello") == program
    assert said == []


def test_a_changed_source_is_another_program(modules: Path, said: list[str]):
    first = golang.binary("small", "./hello", said.append)
    (modules / "small" / "hello" / "main.go").write_text(HELLO.replace("hello", "goodbye"))
    second = golang.binary("small", "./hello", said.append)
    assert second != first
    assert run(second) == "goodbye"


def test_linker_flags_set_a_variable_and_make_another_program(modules: Path, said: list[str]):
    (modules / "small" / "hello" / "main.go").write_text("package main\n\nvar V string\n\nfunc main() { print(V) }\n")
    program = golang.binary("small", "./hello", said.append, "-X main.V=v1.2.3")
    assert run(program) == "v1.2.3"
    assert golang.built("small", "./hello") is None


def test_no_go_is_one_line_with_the_version_and_the_fix(
    modules: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(SetupError, match=r"small/go\.mod: no `go` on PATH\. To fix: put Go 1\.22 or newer") as caught:
        golang.binary("small", "./hello", said.append)
    assert "\n" not in str(caught.value)


def test_a_go_that_is_too_old_is_one_line_with_both_versions(modules: Path, said: list[str]):
    (modules / "small" / "go.mod").write_text("module small\n\ngo 1.99.1\n")
    with pytest.raises(SetupError, match=r"go must be at least 1\.99\.1, got \S+\. To fix: put Go 1\.99\.1") as caught:
        golang.binary("small", "./hello", said.append)
    assert "\n" not in str(caught.value)


def test_versions_compare_by_number_not_by_text():
    assert golang._numbers("1.9") < golang._numbers("1.26.8")
    assert golang._numbers("1.26rc1") == golang._numbers("1.26")


def test_what_does_not_compile_is_quoted_in_one_line(modules: Path, said: list[str]):
    (modules / "small" / "hello" / "main.go").write_text("package main\n\nfunc main() { missing() }\n")
    with pytest.raises(SetupError, match=r"`go build \./hello` failed: .*undefined: missing.* To fix:") as caught:
        golang.binary("small", "./hello", said.append)
    assert "\n" not in str(caught.value)
    assert golang.built("small", "./hello") is None


def test_a_dependency_without_a_sum_is_refused(modules: Path, said: list[str]):
    (modules / "small" / "go.mod").write_text("module small\n\ngo 1.22\n\nrequire golang.org/x/sys v0.36.0\n")
    main = modules / "small" / "hello" / "main.go"
    main.write_text('package main\n\nimport _ "golang.org/x/sys/unix"\n\nfunc main() {}\n')
    with pytest.raises(SetupError, match=r"missing go\.sum entry.*To fix: run `go mod tidy`"):
        golang.binary("small", "./hello", said.append)


def test_little_disk_stops_a_build_before_it_starts(modules: Path, said: list[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(golang, "FREE_GIB", 10**6)
    with pytest.raises(SetupError, match=r"needs 1000000 GiB of free disk, got .*TRADEWIND_CACHE"):
        golang.binary("small", "./hello", said.append)


def test_progress_counts_what_go_says():
    progress = golang._Progress(lambda _: None)
    for line in ("go: downloading k8s.io/api v0.34.4", "internal/abi", "k8s.io/api/core/v1", "# pkg", "x.go:1:2: bad"):
        progress.read(line)
    assert (progress.downloaded, progress.compiled, progress.current) == (1, 2, "k8s.io/api/core/v1")
    assert list(progress.messages) == ["# pkg", "x.go:1:2: bad"]


def test_a_killed_builder_takes_the_compiler_along(modules: Path, tmp_path: Path):
    code = f"from pathlib import Path; from airgap import golang; golang.MODULES = Path({str(modules)!r})\n"
    code += "golang.binary('small', './hello', print)"
    # An empty cache: the compiler then has some seconds of work.
    env = {**os.environ, "TRADEWIND_CACHE": str(tmp_path / "empty")}
    builder = subprocess.Popen([sys.executable, "-c", code], env=env, cwd=CHECKOUT, stdout=subprocess.DEVNULL)
    compilers: list[psutil.Process] = []
    while not compilers:
        assert builder.poll() is None, "it was done before it could be killed"
        with contextlib.suppress(psutil.NoSuchProcess):  # `go env`, which comes first, has just ended
            compilers = [child for child in psutil.Process(builder.pid).children() if child.cmdline()[:2] == BUILD]
        time.sleep(0.01)
    builder.send_signal(signal.SIGKILL)
    builder.wait()
    gone, alive = psutil.wait_procs(compilers, timeout=5)
    assert gone and not alive


def test_every_module_names_its_sums_and_asks_for_no_newer_go_than_the_fix_names():
    fix = refusal_by("echo go1.19.8")
    for folder in CHECKOUT.joinpath("airgap", "go").iterdir():
        assert ("require" in (folder / "go.mod").read_text()) == bool((folder / "go.sum").read_text()), folder
        asked = re.findall(r"^go (\S+)$", (folder / "go.mod").read_text(), re.MULTILINE)[0]
        assert version(asked) <= version(fix.split("put Go ")[1].split()[0])


def test_a_go_that_is_too_old_is_named_with_the_one_that_is_wanted():
    assert re.search(
        r"go\.mod: go must be at least 1\.\d+\.\d+, got 1\.19\.8\. To fix: put Go 1", refusal_by("echo go1.19.8")
    )


def test_no_go_is_told_with_the_one_that_is_wanted():
    assert re.search(r"go\.mod: no `go` on PATH\. To fix: put Go 1\.\d+\.\d+ or newer", refusal_by(None))


def refusal_by(program: str | None) -> str:
    """What a process is told whose `go` is this shell program, or is not there."""
    with tempfile.TemporaryDirectory() as folder:
        if program:
            go = Path(folder) / "go"
            go.write_text(f"#!/bin/sh\n{program}\n")
            go.chmod(0o755)
        code = "from airgap.check import require; from commands import checks; require([checks.go()])"
        environment = {"PATH": f"{folder}:/bin" if program else folder, "HOME": folder}
        run = subprocess.run(
            [sys.executable, "-c", code], cwd=CHECKOUT, env=environment, capture_output=True, text=True
        )
    assert run.returncode == 1
    return run.stderr.splitlines()[-1]


def version(text: str) -> list[int]:
    return [int(part) for part in text.split(".")]
