"""Looks for everything that a node leaves on a machine while it runs, and none of which may outlive `stop`."""

import os
import re
import subprocess
from collections.abc import Iterator

import psutil

from airgap.node import cgroups, claims, namespaces
from airgap.node.layout import RUN, Layout, NodeSpec


def leftovers(spec: NodeSpec, layout: Layout | None = None) -> list[str]:
    """What is there, one line each. After `stop`, number and ports are known only from a `layout` kept from before."""
    return list(_find(spec, layout or claims.load(spec) or claims.claimed(spec)))


def _find(spec: NodeSpec, layout: Layout | None) -> Iterator[str]:
    marks = _pattern(spec.id, spec.cgroup, str(spec.state))
    yield from (f"process {found}" for found in _processes(spec.cgroup, marks))
    yield from (f"cgroup {path}" for path in cgroups.paths(spec.cgroup))
    yield from (f"mount {path}" for path in sorted(namespaces.mount_points()) if marks.search(str(path)))
    for path in (spec.network_namespace, spec.run, spec.state):
        if path.exists():
            yield f"file {path}"
    if not any(RUN.glob("*/")):
        yield from (f"file {path}" for path in (RUN,) if path.exists())
    addresses = (str(layout.pods), str(layout.address)) if layout else ()
    yield from (f"rule {line}" for line in _rules(_pattern(spec.id, spec.cgroup, spec.link, *addresses)))
    if spec.link in psutil.net_if_addrs():
        yield f"link {spec.link}"
    if layout:
        listening = claims.listeners()
        yield from (f"port 127.0.0.1:{port}" for port in layout.ports.numbers().values() if port in listening)


def _processes(group: str, marks: re.Pattern[str]) -> Iterator[str]:
    members = cgroups.members(group)
    for process in psutil.process_iter(["pid", "name", "environ"]):
        environment = process.info["environ"] or {}
        tag = environment.get("TRADEWIND_PROCESS", "")
        if process.info["pid"] in members or marks.search(tag):
            yield f"{process.info['name']} (pid {process.info['pid']})"


def _rules(marks: re.Pattern[str]) -> Iterator[str]:
    """Of the host's packet filters. Ours are made in the namespace, so none is there unless something went wrong."""
    for command in (["nft", "list", "ruleset"], ["iptables-save"], ["iptables-legacy-save"]):
        try:
            text = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"LC_ALL": "C"}).stdout
        except FileNotFoundError:
            continue
        yield from (line.strip() for line in text.splitlines() if marks.search(line))


def _pattern(*names: str) -> re.Pattern[str]:
    # Whole names: the node `local` is not `local-2`.
    return re.compile("|".join(re.escape(name) + r"(?![\w-])" for name in names))
