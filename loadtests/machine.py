"""Facts about where a run took place: a latency means nothing without them."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

import psutil

from loadtests.target import CHECKOUT

PACKAGES = ("locust", "gevent", "geventhttpclient", "kubernetes")


def machine() -> dict[str, object]:
    """Processor, cores, memory, kernel; no host name and no address."""
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "kernel": platform.release(),
        "load_1m": round(os.getloadavg()[0], 2),
    }


def versions() -> dict[str, str]:
    """Python, the packages that shape a result, and this checkout's commit."""
    return {"python": platform.python_version(), "commit": _commit(), **{name: version(name) for name in PACKAGES}}


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _commit() -> str:
    command = ["git", "-C", str(CHECKOUT), "describe", "--always", "--dirty"]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=10).stdout.strip() or "unknown"
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
