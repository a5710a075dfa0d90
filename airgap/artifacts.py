"""Build once, publish whole: every download and build of the project goes through `ensure`.

An artifact is a folder under the cache, named by the hash of all that went into it. It appears by one rename, so a
folder that is there is complete: an interrupt at any point leaves only a scratch folder, which the next run removes.
"""

import hashlib
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from airgap.paths import CACHE

Report = Callable[[str], None]
"""Takes one line of progress for a person; never a result."""

ARTIFACTS = CACHE / "artifacts"
LOCKS = CACHE / "locks"


def key_of(*parts: str | bytes | Path) -> str:
    """Sixteen hex digits that change when any part does; a Path stands for its file's content."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.read_bytes() if isinstance(part, Path) else part.encode() if isinstance(part, str) else part
        digest.update(f"{len(data)}:".encode() + data)
    return digest.hexdigest()[:16]


def find(name: str, key: str) -> Path | None:
    """The artifact's folder, or None where it has to be built."""
    path = ARTIFACTS / name / key
    try:
        os.utime(path)  # says when it was last of use, for `python -m airgap cache --prune`
    except OSError:
        return path if path.is_dir() else None
    return path


def ensure(name: str, key: str, build: Callable[[Path], None], report: Report) -> Path:
    """The artifact's folder; `build` fills an empty folder where it is missing.

    Two processes that want the same artifact build it once: the second waits and says for whom.
    """
    if found := find(name, key):
        return found
    final = ARTIFACTS / name / key
    LOCKS.mkdir(parents=True, exist_ok=True)
    # The lock is the kernel's (flock), so a killed builder frees it.
    lock = FileLock(LOCKS / f"{name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        report(f"{name}: another process is building it, waiting")
        lock.acquire()
    try:
        if final.is_dir():
            return final
        scratch = ARTIFACTS / name / ".scratch"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        start = time.monotonic()
        report(f"{name}: building")
        build(scratch)
        os.utime(scratch)  # unpacked archives bring times of their own
        scratch.rename(final)
        report(f"{name}: built in {time.monotonic() - start:.0f} s")
        return final
    finally:
        lock.release()
