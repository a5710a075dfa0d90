"""What a node holds in memory, by process and by pod, as PSS: a shared page counts once, split among its users."""

import contextlib
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import httpx

from airgap.node import cgroups, probes
from airgap.node.layout import Layout

SERVICES_NAMESPACE = "models"
"""Whose pods are the user's model services, and no part of the platform."""

_POD = re.compile(r"pod([0-9a-f]{8}[-_][0-9a-f_-]{27})")


@dataclass(frozen=True, kw_only=True)
class Memory:
    """In bytes, by name; a pod's name is namespace/name."""

    processes: dict[str, int]
    pods: dict[str, int]
    services: dict[str, int]

    @property
    def platform(self) -> int:
        """What the budget is about: all but the model services."""
        return sum(self.processes.values()) + sum(self.pods.values())


def measure(layout: Layout) -> Memory:
    """The node's memory now; a process that ends meanwhile counts nothing."""
    names = _pod_names(layout)
    processes: dict[str, int] = defaultdict(int)
    pods: dict[str, int] = defaultdict(int)
    services: dict[str, int] = defaultdict(int)
    for pid, group in cgroups.members(layout.cgroup).items():
        size = _pss(pid)
        if found := _POD.search(group):
            uid = found[1].replace("_", "-")
            name = names.get(uid, uid)
            (services if name.startswith(f"{SERVICES_NAMESPACE}/") else pods)[name] += size
        else:
            processes[_name(pid, group)] += size
    return Memory(processes=dict(processes), pods=dict(pods), services=dict(services))


def _pss(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def _name(pid: int, group: str) -> str:
    """The process's own, and for the shims one for all of them."""
    with contextlib.suppress(OSError):
        if Path(f"/proc/{pid}/comm").read_text().startswith("containerd-shim"):
            return "containerd-shims"
    return group.rpartition("/")[2]


def _pod_names(layout: Layout) -> dict[str, str]:
    """By uid; empty where the API server does not answer."""
    with contextlib.suppress(httpx.HTTPError), probes.client(layout) as api:
        pods = api.get("/api/v1/pods").raise_for_status().json()["items"]
        found = [pod["metadata"] for pod in pods]
        return {meta["uid"]: f"{meta['namespace']}/{meta['name']}" for meta in found}
    return {}
