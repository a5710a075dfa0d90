"""From nothing, or from any wreck, to a node that answers; and from any state back to nothing."""

import contextlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from airgap.artifacts import Report
from airgap.errors import SetupError
from airgap.node import (
    addons,
    certificates,
    cgroups,
    claims,
    configuration,
    images,
    logs,
    namespaces,
    network,
    probes,
    programs,
    supervision,
)
from airgap.node.layout import ENTRY_NODE_PORT, PROMETHEUS_NODE_PORT, Layout, NodeSpec
from airgap.node.processes import PROCESSES
from airgap.node.residue import leftovers

Work = Callable[[Layout, programs.Programs, dict[str, images.Archive]], None]

FREE_BYTES = 2 << 30
"""Images, their snapshots and the registry's copies of the platform and a service."""

READY_S = 120
"""For node and DNS, once all processes answer."""


@dataclass(frozen=True, kw_only=True)
class NodeFacts:
    """How to reach a node; the same after each `ensure` until `stop`."""

    kubeconfig: str
    """Its text; of an administrator, so a secret."""
    context: str
    registry: str
    """127.0.0.1:PORT, which means the same registry on the host and to the node."""
    entry: str
    """http://127.0.0.1:PORT, which leads to whatever Service has the node port `entry_node_port`."""
    entry_node_port: int
    prometheus: str
    prometheus_node_port: int
    namespace: str
    """Of the network, in /run/netns."""
    pod_cidr: str


def prepare(report: Report) -> None:
    """Make all builds and downloads that a node needs; from then on `ensure` takes seconds and no network."""
    programs.ensure(report)
    images.prepare(report)


def ensure(spec: NodeSpec, report: Report) -> NodeFacts:
    """Start what is missing or dead, and wait until node and DNS answer.

    Whatever state an interrupt, a kill or a reboot left is a good start. What runs as it should is left alone.
    Raises SetupError, with the fix, where the machine stands in the way.
    """
    _require_machine()
    _require_space(spec)
    with _exclusively(spec, report):
        start = time.monotonic()
        built, archives = programs.ensure(report), images.prepare(report)
        _remove_parted(spec)
        if claims.load(spec) is None:
            _clear(spec)  # somebody removed the state of a node that still runs, or never got far
        layout = claims.settle(spec)
        supervision.bury(layout)
        running = supervision.find(layout)
        if "forward" not in running:
            claims.require_free(layout)
        namespaces.ensure(layout)
        network.ensure(layout)
        certificates.ensure(layout)
        configuration.write_all(layout, built, archives["pause"].ref)
        logs.bound(layout)
        with ThreadPoolExecutor(2) as beside:
            waiting = [
                beside.submit(_once, probes.containerd, images.load, layout, built, archives),
                beside.submit(_once, probes.api_server, addons.apply, layout, built, archives),
            ]
            started = supervision.ensure(layout, built, report)
            for each in waiting:
                each.result()
        if started:
            report(f"started {', '.join(started)} in {time.monotonic() - start:.1f} s")
        wait_for("the node to be Ready", probes.node, layout, report)
        wait_for("DNS to answer", probes.dns, layout, report)
        report(f"node {layout.id} answers after {time.monotonic() - start:.1f} s")
        return facts(layout)


def facts(layout: Layout) -> NodeFacts:
    return NodeFacts(
        kubeconfig=certificates.kubeconfig(layout, "admin"),
        context=layout.id,
        registry=f"127.0.0.1:{layout.ports.registry}",
        entry=f"http://127.0.0.1:{layout.ports.entry}",
        entry_node_port=ENTRY_NODE_PORT,
        prometheus=f"http://127.0.0.1:{layout.ports.prometheus}",
        prometheus_node_port=PROMETHEUS_NODE_PORT,
        namespace=layout.id,
        pod_cidr=str(layout.pods),
    )


def status(spec: NodeSpec) -> dict[str, bool]:
    """Whether each process of the node is alive, by name; {} where there is no node."""
    layout = claims.load(spec)
    if layout is None:
        return {}
    running = supervision.find(layout)
    return {process.name: process.name in running for process in PROCESSES}


def stop(spec: NodeSpec, report: Report) -> None:
    """End the node and remove all of it but the cache; a half-built or absent one is fine.

    Raises SetupError naming what is left, which is nothing unless the kernel holds on to it.
    """
    _require_machine()
    if spec.second.state.exists() or spec.second.run.exists():
        stop(spec.second, report)
    with _exclusively(spec, report):
        before = claims.load(spec)
        _clear(spec)
        _remove_parted(spec)
        if spec.state.exists():
            report(f"removing {spec.state}")
            # Whole, by one rename: from one that was half removed, a start would take the database without its key.
            spec.state.rename(_parted(spec))
            _remove_parted(spec)
        if remaining := leftovers(spec, before):
            raise SetupError(f"node {spec.id}: left behind: {'; '.join(remaining)}. To fix: run `make down` again.")
        report(f"node {spec.id} is gone")


def _parted(spec: NodeSpec) -> Path:
    """Where the state of a node goes to be removed."""
    return spec.state.with_name(f"{spec.state.name}.parted")


def _remove_parted(spec: NodeSpec) -> None:
    """Also what a `stop` left that was killed."""
    if _parted(spec).exists():
        shutil.rmtree(_parted(spec))


def _clear(spec: NodeSpec) -> None:
    """End and remove what lives in the kernel and under /run."""
    cgroups.kill(spec.cgroup)
    network.remove(spec)
    namespaces.remove(spec)
    cgroups.remove(spec.cgroup)
    claims.release(spec)


def _once(
    probe: probes.Probe, work: Work, layout: Layout, built: programs.Programs, archives: dict[str, images.Archive]
) -> None:
    """Do `work` as soon as the probe says yes; whether it ever does is watched elsewhere."""
    deadline = time.monotonic() + supervision.READY_S
    while not probe(layout) and time.monotonic() < deadline:
        time.sleep(0.1)
    work(layout, built, archives)


def wait_for(what: str, probe: probes.Probe, layout: Layout, report: Report) -> None:
    """Returns once the probe says yes; SetupError after READY_S."""
    begin = spoken = time.monotonic()
    while not probe(layout):
        time.sleep(0.2)
        now = time.monotonic()
        if now - begin > READY_S:
            raise SetupError(
                f"node {layout.id}: waited {READY_S} s for {what}. To fix: see the logs in {layout.logs}; `make down` "
                "and `make up` start from nothing."
            )
        if now - spoken > 10:
            spoken = now
            report(f"waiting for {what}, {now - begin:.0f} s")


def _require_machine() -> None:
    if os.geteuid():
        raise SetupError("The node needs root, for network namespaces and cgroups. To fix: run as root, or with sudo.")
    namespaces.require_tools()


def _require_space(spec: NodeSpec) -> None:
    """A kubelet evicts pods from a disk of which 1 % is free; better said before than seen after."""
    folder = next(path for path in (spec.state, *spec.state.parents) if path.exists())
    disk = shutil.disk_usage(folder)
    needed = max(FREE_BYTES, disk.total // 50)
    if disk.free < needed:
        raise SetupError(
            f"{spec.state}: the node needs {needed / 2**30:.1f} GiB of free disk, got {disk.free / 2**30:.1f}. "
            "To fix: free some, or set TRADEWIND_STATE to a folder on a larger disk."
        )


@contextlib.contextmanager
def _exclusively(spec: NodeSpec, report: Report) -> Iterator[None]:
    """One command at a time on one node. The lock is the kernel's, so a killed holder frees it."""
    path = claims.lock_path(spec)
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        report(f"node {spec.id}: another command works on it, waiting")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
