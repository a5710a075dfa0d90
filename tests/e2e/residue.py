"""What a node has left on the machine.

Looks at the kernel itself and shares no list with airgap/node/, so that what `stop` forgets is seen.
"""

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil


def leftovers(
    node: str, state: Path, links: frozenset[str] = frozenset(), ports: frozenset[int] = frozenset()
) -> list[str]:
    """A line for each trace of the node with this id and folder; `links` and `ports` do not carry its name."""
    marks = (node, f"tradewind-{node.removeprefix('tw-')}", str(state))
    pattern = re.compile("|".join(re.escape(mark) + r"(?![\w-])" for mark in marks))
    return [
        *_processes(pattern),
        *_mounts(pattern),
        *_namespaces(node),
        *_cgroups(pattern),
        *_rules(pattern),
        *(f"link {name}" for name in sorted(links & psutil.net_if_addrs().keys())),
        *_ports(ports),
        *(f"folder {path}" for path in [Path("/run/tradewind") / node] if path.exists()),
    ]


def _processes(pattern: re.Pattern[str]) -> Iterator[str]:
    me = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            # A pod's processes name the node only in their cgroup.
            traces = [*process.cmdline(), Path(f"/proc/{process.pid}/cgroup").read_text()]
            if process.pid not in me and any(pattern.search(trace) for trace in traces):
                yield f"process {process.pid} {process.name()}"


def _mounts(pattern: re.Pattern[str]) -> Iterator[str]:
    for line in Path("/proc/self/mounts").read_text().splitlines():
        target = line.split()[1]
        if pattern.search(target):
            yield f"mount {target}"


def _namespaces(name: str) -> Iterator[str]:
    for folder in (Path("/run/netns"), Path("/var/run/netns").resolve()):
        if (folder / name).exists():
            yield f"network namespace {folder / name}"
            return


def _cgroups(pattern: re.Pattern[str]) -> Iterator[str]:
    root = Path("/sys/fs/cgroup")
    # At the root of each hierarchy, and of each controller on cgroup v1.
    for path in sorted({*root.glob("*"), *root.glob("*/*")}):
        if path.is_dir() and not path.is_symlink() and pattern.search(path.name):
            yield f"cgroup {path}"


def _rules(pattern: re.Pattern[str]) -> Iterator[str]:
    for command in (["nft", "list", "ruleset"], ["iptables-save"], ["iptables-legacy-save"]):
        if shutil.which(command[0]):
            run = subprocess.run(command, capture_output=True, text=True)
            yield from (f"rule {line.strip()}" for line in run.stdout.splitlines() if pattern.search(line))


def _ports(ports: frozenset[int]) -> Iterator[str]:
    for connection in psutil.net_connections("inet"):
        if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port in ports:
            yield f"port {connection.laddr.ip}:{connection.laddr.port}"
