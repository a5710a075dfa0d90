"""Programs built from Go modules: the sums in each committed go.sum are the checksums of all that is downloaded.

Modules lie in airgap/go/<module>/. All builds share one module cache and one build cache, so an interrupted build goes
on where it stopped, and the same code is compiled once for all checkouts of a user.
"""

import functools
import json
import os
import re
import shutil
import subprocess
import threading
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from airgap.artifacts import Report, ensure, find, key_of
from airgap.errors import SetupError
from airgap.paths import CACHE

MODULES = Path(__file__).with_name("go")
LDFLAGS = "-s -w"
GCFLAGS = "all=-dwarf=false"
"""No debugging tables, which the linker would throw away: 4 % less compiling and a fifth less build cache."""
HEARTBEAT_S = 10
FREE_GIB = 3
"""A build that starts with less is likely to end in a half-written cache."""

_running: set[subprocess.Popen[str]] = set()
_DOWNLOADING = re.compile(r"go: downloading (\S+)")
_PACKAGE = re.compile(r"[\w.~-]+(/[\w.~+-]+)*")


def environment() -> dict[str, str]:
    """The caller's environment, with caches and flags that give the same binary on every machine."""
    return os.environ | {
        "GOMODCACHE": str(CACHE / "go" / "mod"),
        "GOCACHE": str(CACHE / "go" / "build"),
        "GOTOOLCHAIN": "local",
        "GOFLAGS": "-modcacherw -mod=readonly -trimpath -buildvcs=false",
        "GONOSUMDB": "*",  # go.sum is complete; the checksum database may be out of reach
        "GOWORK": "off",
        "CGO_ENABLED": "0",
        # A compiler that collects less often: a tenth less time, with GCFLAGS. The limit is for small machines.
        "GOGC": "400",
        "GOMEMLIMIT": "3GiB",
    }


def binary(module: str, package: str, report: Report, ldflags: str = "") -> Path:
    """The built main package (`./kube`, or an import path that go.mod requires) of airgap/go/<module>."""
    require_go()
    name, key, flags = _artifact(module, package, ldflags)

    def build(out: Path) -> None:
        _require_space()
        _run_build(module, package, flags, out, lambda line: report(f"{name}: {line}"))

    return _only_file(ensure(name, key, build, report))


def built(module: str, package: str, ldflags: str = "") -> Path | None:
    """What `binary` would answer at once, or None where it would have to build."""
    name, key, _ = _artifact(module, package, ldflags)
    folder = find(name, key)
    return _only_file(folder) if folder else None


def _only_file(folder: Path) -> Path:
    return next(path for path in folder.iterdir() if path.is_file())


def _artifact(module: str, package: str, ldflags: str) -> tuple[str, str, str]:
    flags = f"{LDFLAGS} {ldflags}".strip()
    return f"go-{module}-{_last_element(package)}", _key(module, package, flags), flags


def interrupt() -> None:
    """End all builds that threads of this process wait for; what is compiled is kept."""
    for process in list(_running):
        process.terminate()


def module_dir(module: str, path: str) -> Path:
    """The source folder of the dependency `path`, of the version that airgap/go/<module>/go.mod selects."""
    require_go()
    folder = _go(module, "list", "-m", "-f", "{{.Dir}}", path).strip()
    return Path(folder or json.loads(_go(module, "mod", "download", "-json", path))["Dir"])


def require_go() -> str:
    """The version of the Go on PATH; SetupError where there is none, or one too old for any module of airgap/go/."""
    needed, source = max((_needed(path), path) for path in MODULES.glob("*/go.mod"))
    wanted = ".".join(map(str, needed))
    fix = f"To fix: put Go {wanted} or newer on PATH (https://go.dev/dl)."
    found = _go_version()
    if found is None:
        raise SetupError(f"{source}: no `go` on PATH. {fix}")
    if _numbers(found) < needed:
        raise SetupError(f"{source}: go must be at least {wanted}, got {found}. {fix}")
    return found


def _needed(source: Path) -> tuple[int, ...]:
    line = re.search(r"^go (\S+)$", source.read_text(), re.MULTILINE)
    assert line, f"{source} has a go line"
    return _numbers(line[1])


@functools.cache
def _go_version() -> str | None:
    if not shutil.which("go"):
        return None
    run = subprocess.run(["go", "env", "GOVERSION"], capture_output=True, text=True, env=environment(), cwd="/")
    return run.stdout.strip().removeprefix("go") or None


def _numbers(version: str) -> tuple[int, ...]:
    # "1.26rc1" counts as 1.26.
    return tuple(int(part) for part in re.findall(r"\d+", re.split(r"[a-z]", version)[0]))


def _last_element(package: str) -> str:
    return package.rstrip("/").rpartition("/")[2]


def sources(module: str, package: str) -> list[str | Path]:
    """What a program is built from, for key_of: the module's locks, and our own files by name and content."""
    folder = MODULES / module
    found = sorted(folder.joinpath(package).rglob("*.go")) if package.startswith("./") else []
    local = [path for path in found if not path.name.endswith("_test.go")]
    return [folder / "go.mod", folder / "go.sum", *(p for path in local for p in (str(path.relative_to(folder)), path))]


def _key(module: str, package: str, ldflags: str) -> str:
    return key_of(package, _go_version() or "", ldflags, os.uname().machine, *sources(module, package))


def _require_space() -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(CACHE).free / 2**30
    if free < FREE_GIB:
        raise SetupError(
            f"{CACHE}: a Go build needs {FREE_GIB} GiB of free disk, got {free:.1f}. "
            "To fix: free some, run `python -m airgap cache --prune`, or set TRADEWIND_CACHE to a larger disk."
        )


def _go(module: str, *args: str) -> str:
    run = subprocess.run(["go", *args], cwd=MODULES / module, env=environment(), capture_output=True, text=True)
    if run.returncode:
        raise SetupError(_explain(module, f"go {args[0]}", (run.stderr or run.stdout).splitlines()))
    return run.stdout


def _run_build(module: str, package: str, ldflags: str, out: Path, report: Report) -> None:
    command = ["go", "build", "-v", "-ldflags", ldflags, "-gcflags", GCFLAGS, "-o", f"{out}/", package]
    # Without it a killed `make up` would leave a compiler running beside that of the next one.
    guard = ["setpriv", "--pdeathsig", "TERM", "--"] if shutil.which("setpriv") else []
    process = subprocess.Popen(
        [*guard, *command], cwd=MODULES / module, env=environment(), text=True, stderr=subprocess.PIPE
    )
    _running.add(process)
    progress = _Progress(report)
    beat = threading.Thread(target=progress.beat, daemon=True)
    beat.start()
    try:
        assert process.stderr
        for line in process.stderr:
            progress.read(line.rstrip())
        code = process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise
    finally:
        _running.discard(process)
        progress.done.set()
        beat.join()
    if code:
        raise SetupError(_explain(module, f"go build {package}", progress.messages))


class _Progress:
    """Turns what `go build -v` prints into a line each ten seconds, and keeps what is an error."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.done = threading.Event()
        self.messages: deque[str] = deque(maxlen=20)
        self.compiled = self.downloaded = 0
        self.current = ""

    def read(self, line: str) -> None:
        if found := _DOWNLOADING.match(line):
            self.downloaded, self.current = self.downloaded + 1, found[1]
        elif _PACKAGE.fullmatch(line):
            self.compiled, self.current = self.compiled + 1, line
        else:
            self.messages.append(line)

    def beat(self) -> None:
        start = time.monotonic()
        while not self.done.wait(HEARTBEAT_S):
            elapsed = time.monotonic() - start
            counts = f"{self.downloaded} modules fetched, {self.compiled} packages compiled"
            self.report(f"{elapsed:.0f} s, {counts}{', at ' + self.current if self.current else ''}")


def _explain(module: str, what: str, lines: Sequence[str]) -> str:
    text = " ".join(line.strip() for line in list(lines)[-4:]) or "it said nothing"
    where = f"{MODULES / module}: `{what}` failed: {text}"
    if "no space left" in text:
        return f"{where} To fix: free some disk, or set TRADEWIND_CACHE to a larger one."
    if "missing go.sum entry" in text or "updates to go.mod needed" in text:
        return f"{where} To fix: run `go mod tidy` there and commit go.mod and go.sum."
    if re.search(r"dial tcp|i/o timeout|no such host|connection refused|Forbidden|Not Found", text):
        return f"{where} To fix: set GOPROXY to a Go module proxy that this machine reaches, then run again."
    return f"{where} To fix: repair what it names, then run again; what is compiled is kept."
