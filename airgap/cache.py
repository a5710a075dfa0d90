"""What the cache holds, and what may go."""

import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from airgap.artifacts import ARTIFACTS
from airgap.paths import CACHE

DAY_S = 86400
_ARTIFACT = re.compile(re.escape(f"{ARTIFACTS}/").encode() + rb"([^/\0]+/[0-9a-f]{16})")


@dataclass(frozen=True)
class Part:
    """A folder of the cache."""

    name: str
    size: int
    idle_days: float
    """Since it was last asked for."""


def parts() -> list[Part]:
    """Every artifact, and each other folder as a whole, largest first."""
    others = [path for path in CACHE.glob("*") if path.is_dir() and path != ARTIFACTS]
    go = [path for path in (CACHE / "go").glob("*") if path.is_dir()]
    folders = [*artifacts(), *go, *(path for path in others if path.name != "go")]
    sizes = _sizes(folders)
    return sorted(
        (Part(str(path.relative_to(CACHE)), sizes[path], _idle_days(path)) for path in folders),
        key=lambda part: -part.size,
    )


def artifacts() -> list[Path]:
    """The complete ones."""
    return [path for path in sorted(ARTIFACTS.glob("*/*")) if re.fullmatch("[0-9a-f]{16}", path.name)]


def prune(days: float) -> list[Path]:
    """Remove the artifacts that nobody asked for in so many days, but for what running processes use."""
    used = in_use()
    stale = [path for path in artifacts() if _idle_days(path) >= days and _name(path) not in used]
    for path in stale:
        # Out of the way in one step: who finds a folder may rely on it to be complete.
        gone = path.with_name(f".gone-{path.name}")
        path.rename(gone)
        shutil.rmtree(gone)
    return stale


def in_use() -> set[str]:
    """Artifacts named by a process: as its program, an argument, or in its environment (a PATH)."""
    found: set[str] = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            text = b"\0".join((process / name).read_bytes() for name in ("cmdline", "environ"))
            text += bytes((process / "exe").readlink())
        except OSError:
            continue  # it has ended, is a thread of the kernel, or is another user's
        found |= {match.decode() for match in _ARTIFACT.findall(text)}
    # Launchers stand for the root folder that they start programs in.
    roots = {_name((ARTIFACTS / name / "root").resolve()) for name in found if (ARTIFACTS / name / "root").is_symlink()}
    return found | roots


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _idle_days(path: Path) -> float:
    return max(0.0, (time.time() - path.stat().st_mtime) / DAY_S)


def _sizes(folders: list[Path]) -> dict[Path, int]:
    if not folders:
        return {}
    # du: hundred thousands of files, which Python would take half a minute for.
    run = subprocess.run(["du", "-s", "-B1", "--", *folders], capture_output=True, text=True)
    lines = (line.split("\t") for line in run.stdout.splitlines())
    return {Path(path): int(size) for size, path in lines}
