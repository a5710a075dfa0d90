"""Programs that a build starts: uv and what runs in a Bento's environment, with progress and a readable failure."""

import os
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from airgap.artifacts import Report
from airgap.errors import SetupError
from airgap.paths import CACHE

HEARTBEAT_S = 10


def uv() -> str:
    """Path of uv: PATH's, else the one that the project's own commands put into the cache."""
    found = shutil.which("uv") or next((str(path) for path in sorted(CACHE.glob("uv-*/bin/uv"), reverse=True)), None)
    if found is None:
        raise SetupError("uv: is neither on PATH nor in the cache. To fix: run `make up`, or `pip install uv`.")
    return found


def run(
    what: str, command: Sequence[str], report: Report, *, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> None:
    """Run a build step and wait; `what` names it in progress and in the error, which quotes its last lines."""
    # A killed engine takes this process with it, and so must the step: else it would write into the next one's folder.
    guard = ["setpriv", "--pdeathsig", "KILL", "--"] if shutil.which("setpriv") else []
    start = time.monotonic()
    process = subprocess.Popen(
        [*guard, *command],
        cwd=cwd,
        env=_environment() | dict(env or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        while True:
            try:
                output, _ = process.communicate(timeout=HEARTBEAT_S)
                break
            except subprocess.TimeoutExpired:
                report(f"{what}, {time.monotonic() - start:.0f} s")
    except BaseException:
        process.kill()
        process.wait()
        raise
    if process.returncode:
        tail = " ".join(line.strip() for line in output.strip().splitlines()[-6:]) or "it said nothing"
        raise SetupError(
            f"{what}: `{' '.join(command[:6])}` ended with {process.returncode}: {tail} "
            f"To fix: repair what it names, then run again; what was fetched is kept."
        )


def _environment() -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME")
    }
    # bentoml looks for uv on PATH, and would install it with pip.
    path = f"{Path(uv()).parent}:{os.environ.get('PATH', os.defpath)}"
    return kept | {"UV_CACHE_DIR": str(CACHE / "uv"), "PATH": path, "BENTOML_DO_NOT_TRACK": "true"}
