"""What this machine must have for `make up`, each a line of `make doctor`; `make up` stops at those that block.

Only looks, never builds, and takes about a second.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from airgap import artifacts, golang, node
from airgap.check import Check, refused
from airgap.errors import SetupError
from airgap.paths import CACHE, STATE
from commands.accounts import Owned
from commands.place import in_account
from commands.recover import node_spec
from commands.settings import written
from commands.state import StackState

GIB = 2**30
FREE_EMPTY_GIB = 20
"""Disk that downloads, builds and a running node take from an empty cache; measured 2026-11-24: 18.5."""
FREE_BUILT_GIB = 3
"""The node's images, its logs and a report."""
MEMORY_GIB = 6
"""The node and its add-ons take 2 GiB, the largest link step of a Go build 3."""


def all_checks(stack: str) -> list[Check]:
    if in_account(stack):
        return list(Owned(stack).all())
    given = given_cluster(stack)
    checks: list[Callable[[], Check]] = [lambda: disk(built=engine_built()), memory]
    checks += [lambda: kubeconfig(given)] if given else [root, go, docker, lambda: the_node(stack)]
    return [check() for check in [*checks, lambda: locks(stack)]]


def root() -> Check:
    user = os.geteuid()
    if user:
        fix = "run as root (`sudo make up`), or give the stack a cluster: stack keys kubeconfig, context, registry."
        return Check(what="root", answer="missing", detail=f"user id must be 0, got {user}", fix=fix)
    return Check(what="root", answer="found", detail="user id 0")


def go() -> Check:
    try:
        version = golang.require_go()
    except SetupError as error:
        return refused("Go", error)
    return Check(what="Go", answer="found", detail=version)


def disk(built: bool) -> Check:
    CACHE.mkdir(parents=True, exist_ok=True)
    STATE.mkdir(parents=True, exist_ok=True)
    needed = FREE_BUILT_GIB if built else FREE_EMPTY_GIB
    free = {folder: shutil.disk_usage(folder).free / GIB for folder in (CACHE, STATE)}
    detail = ", ".join(f"{amount:.0f} GiB free at {folder}" for folder, amount in free.items())
    if short := [folder for folder, amount in free.items() if amount < needed]:
        names = {CACHE: "TRADEWIND_CACHE", STATE: "TRADEWIND_STATE"}
        fix = f"free some, or set {names[short[0]]} to a folder on a larger disk."
        return Check(what="disk", answer="missing", detail=f"{detail}; {needed} GiB are needed", fix=fix)
    return Check(what="disk", answer="found", detail=detail)


def memory() -> Check:
    lines = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    available = int(lines["MemAvailable"].split()[0]) / 2**20
    if available < MEMORY_GIB and not golang_built():
        fix = "stop something; a Go build may be killed otherwise."
        return Check(what="memory", answer="missing", detail=f"{available:.1f} of {MEMORY_GIB} GiB available", fix=fix)
    return Check(what="memory", answer="found", detail=f"{available:.1f} GiB available")


def docker() -> Check:
    """Never missing: kind is taken where docker runs, else the node is built."""
    client = shutil.which("docker")
    if not client:
        return Check(what="docker, kind", answer="built", detail="no docker: the node is built")
    if subprocess.run([client, "info"], capture_output=True, stdin=subprocess.DEVNULL).returncode:
        return Check(what="docker, kind", answer="built", detail="docker does not run: the node is built")
    if not shutil.which("kind"):
        return Check(what="docker, kind", answer="built", detail="docker runs, no kind: the node is built")
    return Check(what="docker, kind", answer="found", detail="docker runs and kind is there")


def the_node(stack: str) -> Check:
    processes = node.status(node_spec(stack))
    if not processes:
        return Check(what="node", answer="built", detail="none yet")
    if dead := [name for name, alive in processes.items() if not alive]:
        return Check(what="node", answer="built", detail=f"dead: {', '.join(dead)}; `make up` heals it")
    return Check(what="node", answer="found", detail=f"{len(processes)} processes alive")


def locks(stack: str) -> Check:
    held = StackState(name=stack).locks()
    if dead := [lock for lock in held if lock.dead]:
        return Check(what="stack", answer="built", detail=f"{dead[0]} is dead; `make up` frees it")
    if held:
        return Check(what="stack", answer="found", detail=f"{held[0]}, at work")
    return Check(what="stack", answer="found", detail=f"{len(StackState(name=stack).resources())} resources")


def kubeconfig(given: dict[str, str]) -> Check:
    """The cluster that the stack names must answer."""
    from kubernetes import client, config

    try:
        api = config.new_client_from_config(given["kubeconfig"], context=given["context"])
        version = client.VersionApi(api).get_code(_request_timeout=5)
    except Exception as error:
        first = str(error).splitlines()[0]
        fix = "repair that file or its cluster, or remove all three keys from the stack to have a node built."
        detail = f"{given['kubeconfig']}, context {given['context']}: {first}"
        return Check(what="kubeconfig", answer="missing", detail=detail, fix=fix)
    return Check(what="kubeconfig", answer="found", detail=f"{given['context']}, Kubernetes {version.git_version}")


def given_cluster(stack: str) -> dict[str, str]:
    """The stack's own kubeconfig, context and registry; empty where not all three are written."""
    config = written(stack)
    keys = {key: config.get(f"tradewind:{key}") for key in ("kubeconfig", "context", "registry")}
    return {key: str(value) for key, value in keys.items()} if all(keys.values()) else {}


def engine_built() -> bool:
    return bool(built_artifacts()) and golang_built()


def golang_built() -> bool:
    """Whether each of the large Go programs was built once; a changed go.mod makes it a little untrue."""
    return {"go-pulumi-pulumi", "go-node-kube", "go-keda-operator"} <= set(built_artifacts())


def built_artifacts() -> list[str]:
    """The names of what lies in the cache, whole."""
    folder = artifacts.ARTIFACTS
    return sorted(path.name for path in folder.glob("*") if any(path.glob("[!.]*"))) if folder.is_dir() else []
