"""The number and ports of a node: chosen where free, written down, and kept over restarts.

The record in the node's state makes them stable; the claim under /run tells other checkouts what is taken until the
next reboot, after which a number that somebody else took meanwhile is chosen anew.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import socket
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import psutil

from airgap.errors import SetupError
from airgap.node import namespaces
from airgap.node.files import write
from airgap.node.layout import NUMBERS, RUN, Layout, NodeSpec, Ports

BLOCKS = range(20000, 30000, 10)
"""Of ports: below the kernel's ephemeral ones (32768) and Kubernetes' node ports (30000)."""

_RECORD = "layout.json"


def load(spec: NodeSpec) -> Layout | None:
    """The layout on record, None where the node was never begun or the record is damaged."""
    return _read(spec, spec.state / _RECORD)


def claimed(spec: NodeSpec) -> Layout | None:
    """The layout claimed under /run, which tells of a node whose state is gone."""
    return _read(spec, spec.run / _RECORD)


def _read(spec: NodeSpec, record: Path) -> Layout | None:
    try:
        found = json.loads(record.read_text())
        return Layout(spec=spec, number=found["number"], ports=Ports(**found["ports"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def settle(spec: NodeSpec) -> Layout:
    """The node's layout, claimed for it on this machine."""
    with _machine_lock():
        others = _claims(without=spec.id)
        layout = load(spec) or Layout(spec=spec, number=_number(others), ports=_ports(spec, others))
        if layout.number in {claim["number"] for claim in others}:
            layout = replace(layout, number=_number(others))
        record = json.dumps({"number": layout.number, "ports": asdict(layout.ports)})
        write(spec.state / _RECORD, record)
        write(layout.run / _RECORD, record)
        return layout


def release(spec: NodeSpec) -> None:
    """Give number and ports back."""
    with _machine_lock():
        shutil.rmtree(spec.run, ignore_errors=True)
        if not any(RUN.glob("*/")):
            namespaces.remove_mount_points()
            RUN.rmdir()


def require_free(layout: Layout) -> None:
    """SetupError naming the first port that somebody else listens on."""
    for key, port in layout.ports.numbers().items():
        if not _is_free(port):
            raise SetupError(
                f"{layout.state / _RECORD}: ports.{key}: 127.0.0.1:{port} is taken by {_listener(port)}. To fix: stop "
                "that program, or run `make down` and `make up`, which choose other ports."
            )


@contextlib.contextmanager
def _machine_lock() -> Iterator[None]:
    while True:
        RUN.mkdir(parents=True, exist_ok=True)
        folder = os.open(RUN, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            # The last node's `stop` removes the folder: a lock on the removed one guards nothing.
            if RUN.is_dir() and RUN.stat().st_ino == os.fstat(folder).st_ino:
                yield
                return
        finally:
            os.close(folder)


def _claims(without: str) -> list[dict]:
    found = []
    for path in RUN.glob(f"*/{_RECORD}"):
        with contextlib.suppress(OSError, ValueError):
            if path.parent.name != without:
                found.append(json.loads(path.read_text()))
    return found


def _number(others: list[dict]) -> int:
    taken = {claim["number"] for claim in others}
    in_use = {address.address for addresses in psutil.net_if_addrs().values() for address in addresses}
    for number in NUMBERS:
        if number not in taken and f"10.200.{number}.1" not in in_use:
            return number
    raise SetupError(f"{RUN}: all {len(NUMBERS)} node numbers are taken. To fix: `make down` a checkout you left.")


def _ports(spec: NodeSpec, others: list[dict]) -> Ports:
    # From the id, so that the same stack gets the same URL after `make down` where it is still free.
    first = int(hashlib.sha256(spec.id.encode()).hexdigest(), 16) % len(BLOCKS)
    taken = {port for claim in others for port in claim["ports"].values()}
    for offset in range(len(BLOCKS)):
        start = BLOCKS[(first + offset) % len(BLOCKS)]
        ports = Ports(api=start, registry=start + 1, entry=start + 2, prometheus=start + 3)
        if all(port not in taken and _is_free(port) for port in ports.numbers().values()):
            return ports
    raise SetupError(
        f"127.0.0.1: no four free ports in a row from {BLOCKS[0]} to {BLOCKS[-1] + 9}. To fix: stop what listens there."
    )


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a connection of the last run in TIME_WAIT does not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _listener(port: int) -> str:
    if pid := listeners().get(port):
        with contextlib.suppress(psutil.Error):
            return f"{psutil.Process(pid).name()} (pid {pid})"
    return "another program"


def listeners() -> dict[int, int | None]:
    """Ports of the host that somebody listens on, and the pid where the kernel tells it."""
    found = psutil.net_connections("inet")
    return {one.laddr[1]: one.pid for one in found if one.status == psutil.CONN_LISTEN and one.laddr}


def lock_path(spec: NodeSpec) -> Path:
    """Beside the state, which `stop` removes while it holds the lock."""
    return spec.state.with_name(f"{spec.state.name}.lock")
