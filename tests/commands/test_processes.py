"""Which processes are the engine's, and which of those its death has orphaned."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psutil
import pytest

from commands import processes

HOME = "/nowhere/tradewind-test-home"


@contextmanager
def a_process(name: str, home: str = HOME) -> Iterator[subprocess.Popen[bytes]]:
    """A process that looks like `name` to whoever reads its command line."""
    process = subprocess.Popen([name, "60"], executable="/bin/sleep", env={**os.environ, "PULUMI_HOME": home})
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_only_pulumis_processes_of_this_home_count():
    with ExitStack() as open_:
        mine = open_.enter_context(a_process("/home/x/pulumi-resource-kubernetes"))
        open_.enter_context(a_process("/home/x/pulumi-resource-kubernetes", home="/nowhere/other"))
        open_.enter_context(a_process("containerd"))  # a node's process inherits the variable, and stays
        assert [process.pid for process in processes.of_engine(HOME)] == [mine.pid]


def test_a_plugin_without_its_engine_is_ended(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(processes, "ORPHAN_GRACE_S", 0.2)
    with a_process("pulumi-language-python") as plugin:
        assert processes.end_orphans(HOME) == 1
        assert not psutil.pid_exists(plugin.pid)


def test_a_running_engine_is_left_alone():
    with a_process("/opt/pulumi") as engine:
        assert processes.end_orphans(HOME) == 0
        assert engine.poll() is None
