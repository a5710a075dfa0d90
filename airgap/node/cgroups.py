"""The node's control groups, on cgroup v1 and v2: who is in them is who belongs to the node.

No pid file is kept. A process is born inside its group, so a kill of ours at any moment loses none, and a number that
the kernel gave to somebody else since is never mistaken for one.
"""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from airgap.errors import SetupError

SYSTEM = "system"
"""Beside the kubelet's `kubepods`: one group for each process of the node."""

_KILL_S = 20


def hierarchies() -> list[Path]:
    """Mount points: one on v2; on v1 one for each controller, and the bare v2 tree that systemd may have beside."""
    found: dict[str, Path] = {}
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        fields, _, rest = line.partition(" - ")
        kind, _, options = rest.split(" ", 2)
        if kind in ("cgroup", "cgroup2"):
            # A hierarchy may be mounted at more than one place; the first is the usual one.
            found.setdefault(kind + (options if kind == "cgroup" else ""), Path(fields.split()[4]))
    if not found:
        raise SetupError("/sys/fs/cgroup: no cgroup file system is mounted. To fix: mount one, as systemd does.")
    return list(found.values())


def create(group: str, process: str) -> list[Path]:
    """The `cgroup.procs` files that a newborn process of the node has to write itself into."""
    files = []
    for root in hierarchies():
        top = root / group
        _make(top, root)
        if (root / "cpuset.cpus").exists() and not (root / "cgroup.controllers").exists():
            continue  # on v1 a cpuset must be filled before use, which the kubelet does for its own
        leaf = top / SYSTEM / process
        _make(leaf.parent, top)
        leaf.mkdir(exist_ok=True)
        files.append(leaf / "cgroup.procs")
    return files


def members(group: str) -> dict[int, str]:
    """Every live process at or below the group: pid, and the path of its group below it."""
    found: dict[int, str] = {}
    for root in hierarchies():
        top = root / group
        for folder, _, _ in os.walk(top):
            with contextlib.suppress(OSError, ValueError):
                for pid in Path(folder, "cgroup.procs").read_text().split():
                    where = str(Path(folder).relative_to(top))
                    # Hierarchies without a controller for pods hold them at the top: the deepest place tells most.
                    found[int(pid)] = max(found.get(int(pid), ""), where, key=len)
    return found


def kill(group: str) -> None:
    """SIGKILL to every member, again until none is left: a fork may have been faster."""
    end = time.monotonic() + _KILL_S
    while alive := members(group):
        if time.monotonic() > end:
            raise SetupError(
                f"cgroup {group}: processes {sorted(alive)} do not end. To fix: look for a hung mount or disk, "
                "then run again."
            )
        for pid in alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)


def remove(group: str) -> None:
    """Remove the group and all below it, in every hierarchy; it must have no members."""
    for root in hierarchies():
        for folder, _, _ in os.walk(root / group, topdown=False):
            for attempt in range(50):
                try:
                    Path(folder).rmdir()
                    break
                except FileNotFoundError:
                    break
                except OSError:
                    # The kernel frees a group a moment after its last process.
                    if attempt == 49:
                        raise
                    time.sleep(0.1)


def paths(group: str) -> Iterator[Path]:
    """Folders of the group that exist."""
    for root in hierarchies():
        if (root / group).exists():
            yield root / group


def _make(folder: Path, parent: Path) -> None:
    folder.mkdir(exist_ok=True)
    control = parent / "cgroup.subtree_control"
    if not control.exists():
        return
    wanted = set((parent / "cgroup.controllers").read_text().split())
    missing = wanted - set(control.read_text().split())
    for controller in sorted(missing):
        try:
            control.write_text(f"+{controller}")
        except OSError as error:
            if controller in ("cpu", "memory", "pids"):
                raise SetupError(
                    f"{control}: controller {controller} cannot be enabled: {error.strerror}. To fix: run on the host, "
                    "or in a container with a cgroup namespace whose root group is empty."
                ) from error
