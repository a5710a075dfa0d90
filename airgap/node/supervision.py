"""Starts what is dead, replaces what is out of date, leaves alone what runs as it should.

A process carries what it is in its environment: which node, which process, and a fingerprint of its command line and
of the files that it reads. Together with the cgroup it was born in, that is all the bookkeeping there is.
"""

import contextlib
import hashlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from airgap.artifacts import Report
from airgap.errors import SetupError
from airgap.node import cgroups, logs, namespaces
from airgap.node.layout import Layout
from airgap.node.probes import Probe
from airgap.node.processes import PROCESSES, THREADS, Process
from airgap.node.programs import Programs

TAG = "TRADEWIND_PROCESS"
READY_S = 90
"""Generous: a loaded machine is slow, and one that will not come up ends at once and is reported at once."""
TERMINATE_S = 10

_LAUNCH = """
ulimit -n "$(ulimit -H -n)"
for group in $TRADEWIND_GROUPS; do echo $$ > "$group"; done
unset TRADEWIND_GROUPS
exec "$@"
"""


def ensure(layout: Layout, programs: Programs, report: Report, processes: Sequence[Process] = PROCESSES) -> list[str]:
    """Bring every process up and wait until each answers; returns the names of those that were started."""
    running = find(layout)
    started = []
    for process in processes:
        wanted = tag(layout, process, programs)
        if (found := running.get(process.name)) and found[1] != wanted:
            report(f"{process.name}: has changed, restarting")
            terminate(layout, process.name)
            found = None
        if not found:
            for need in process.needs:
                _wait(layout, need, f"what {process.name} needs", report)
            _start(layout, process, programs, wanted)
            started.append(process.name)
    for process in processes:
        _wait(layout, process.ready, process.name, report)
    return started


def find(layout: Layout) -> dict[str, tuple[int, str]]:
    """The live processes of the node by name: pid and tag."""
    found = {}
    for pid, group in cgroups.members(layout.cgroup).items():
        name = group.removeprefix(f"{cgroups.SYSTEM}/")
        mark = _read_tag(pid)
        # Children inherit group and environment: containerd's shims, the nft that kube-proxy calls.
        if mark and mark.startswith(f"{layout.id}/{name}@") and name in _program(pid):
            found[name] = (pid, mark)
    return found


def bury(layout: Layout) -> None:
    """Wait until what was killed is gone: up to the end of its last thread it accepts connections and holds ports."""
    end = time.monotonic() + TERMINATE_S
    while any(map(_is_killed, cgroups.members(layout.cgroup))) and time.monotonic() < end:
        time.sleep(0.02)


def terminate(layout: Layout, name: str) -> None:
    """End one process and wait for it; its children stay."""
    pid, mark = find(layout).get(name, (0, ""))
    if not pid:
        return
    with contextlib.suppress(ProcessLookupError):
        handle = os.pidfd_open(pid)
        try:
            if _read_tag(pid) != mark:
                return  # it ended, and the number is somebody else's now
            signal.pidfd_send_signal(handle, signal.SIGTERM)
            end = time.monotonic() + TERMINATE_S
            while find(layout).get(name, (0,))[0] == pid:
                if time.monotonic() > end:
                    signal.pidfd_send_signal(handle, signal.SIGKILL)
                time.sleep(0.05)
        finally:
            os.close(handle)


def _start(layout: Layout, process: Process, programs: Programs, mark: str) -> None:
    environment = {
        "PATH": programs.path,
        "HOME": str(layout.state),  # kubelet and containerd look for client settings there, and find none
        "TRADEWIND_GROUPS": " ".join(map(str, cgroups.create(layout.cgroup, process.name))),
        TAG: mark,
        **_runtime(process),
    }
    enter = namespaces.enter(layout) if process.network == "node" else []
    command = ["setsid", "--fork", "sh", "-c", _LAUNCH, process.name, *enter, *process.arguments(layout, programs)]
    with logs.open_for(layout, process.name) as log:
        subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True, cwd="/")


def _runtime(process: Process) -> dict[str, str]:
    """Settings of Go's runtime."""
    limit = {"GOMEMLIMIT": f"{process.memory_mib}MiB"} if process.memory_mib else {}
    return {"GOMAXPROCS": str(THREADS), **limit}


def _wait(layout: Layout, probe: Probe, what: str, report: Report) -> None:
    answering = next((process.name for process in PROCESSES if process.ready is probe), None)
    begin = spoken = time.monotonic()
    while not probe(layout):
        time.sleep(0.1)
        now = time.monotonic()
        # A second of grace: between fork and exec it is not yet to be found.
        if answering and now - begin > 1 and answering not in find(layout):
            raise SetupError(_explain(layout, answering, "has ended"))
        if now - begin > READY_S:
            raise SetupError(_explain(layout, answering or "kube-apiserver", f"waited {READY_S} s for {what}"))
        if now - spoken > 10:
            spoken = now
            report(f"waiting for {what}, {now - begin:.0f} s")


def _explain(layout: Layout, name: str, what: str) -> str:
    last = " | ".join(logs.tail(layout, name, lines=3)) or "it wrote nothing"
    return (
        f"{name}: {what}: {last}. To fix: see {logs.path(layout, name)}, repair what it names and run `make up` again; "
        "`make down` and `make up` start from nothing."
    )


def tag(layout: Layout, process: Process, programs: Programs) -> str:
    """What the process carries; another program, command line or setting gives another."""
    text = repr((process.arguments(layout, programs), sorted(_runtime(process).items()), programs.path))
    digest = hashlib.sha256(text.encode())
    for path in sorted(_mentioned(layout, text)):
        digest.update(path.read_bytes())
    return f"{layout.id}/{process.name}@{digest.hexdigest()[:16]}"


def _mentioned(layout: Layout, text: str) -> set[Path]:
    """Settings and keys that a command line names, and those which these name in turn."""
    folders = "|".join(re.escape(str(folder)) for folder in (layout.config, layout.pki))
    found = {Path(match) for match in re.findall(rf"(?:{folders})/[\w./-]+", text)}
    files = {path for path in found if path.is_file()}
    return files.union(*(_mentioned(layout, p.read_text()) for p in files if p.suffix in (".yaml", ".toml")))


def _read_tag(pid: int) -> str | None:
    with contextlib.suppress(OSError):
        for entry in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
            if entry.startswith(f"{TAG}=".encode()):
                return entry.partition(b"=")[2].decode()
    return None


def _is_killed(pid: int) -> bool:
    """Whether SIGKILL waits for it; Linux keeps that on record until the process is reaped."""
    with contextlib.suppress(OSError):
        pending = re.findall(r"^(?:SigPnd|ShdPnd):\s*(\w+)$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
        return any(int(mask, 16) >> (signal.SIGKILL - 1) & 1 for mask in pending)
    return False


def _program(pid: int) -> tuple[str, ...]:
    """The program's file name and its first argument: several processes are one program."""
    with contextlib.suppress(OSError):
        program, *arguments = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
        return Path(program).name, *arguments[:1]
    return ()
