"""The engine's processes of this checkout, told from all others by the PULUMI_HOME in their environment."""

import contextlib

import psutil

from airgap.paths import STATE

ORPHAN_GRACE_S = 5
"""Plugins look for their engine each second or so and end by themselves."""

OURS = ("airgap.language_host", "airgap.kubernetes_provider")
"""Modules that stand in for programs of Pulumi, started as `python -m`."""


def of_engine(home: str = str(STATE / "home")) -> list[psutil.Process]:
    """Pulumi, its language hosts and its plugins; not what they started to stay, as the node's processes."""
    return [process for process in psutil.process_iter() if _is_pulumi(process) and _home(process) == home]


def orphans(home: str = str(STATE / "home")) -> list[psutil.Process]:
    """Those of them whose engine was killed: they may still be writing to the cluster."""
    mine = of_engine(home)
    engines = {process.pid for process in mine if _is_engine(process)}
    return [process for process in mine if process.pid not in engines and not engines & _ancestors(process)]


def end_orphans(home: str = str(STATE / "home")) -> int:
    """Wait for orphans to end, then make them; how many there were."""
    found = orphans(home)
    _, alive = psutil.wait_procs(found, timeout=ORPHAN_GRACE_S)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=ORPHAN_GRACE_S)
    return len(found)


def _is_pulumi(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return any(_base(word).startswith(("pulumi", *OURS)) for word in process.cmdline()[:5])
    return False


def _is_engine(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return _base(process.cmdline()[0]) == "pulumi"
    return False


def _base(word: str) -> str:
    return word.rpartition("/")[2]


def _home(process: psutil.Process) -> str | None:
    with contextlib.suppress(psutil.Error):
        return process.environ().get("PULUMI_HOME")
    return None


def _ancestors(process: psutil.Process) -> set[int]:
    with contextlib.suppress(psutil.Error):
        return {parent.pid for parent in process.parents()}
    return set()
