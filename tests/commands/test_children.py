"""A command's children end with it, however it ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from commands import children

RUN_CHILD = """
import os, sys
from pathlib import Path
from commands import children
try:
    sys.exit(children.run(sys.argv[1:], os.environ, Path("/")))
except children.Interrupted:
    sys.exit(130)
"""


@pytest.fixture
def command():
    """Starts a Python that runs a child as a command does."""
    started = []

    def start(*argv: str) -> subprocess.Popen[str]:
        process = subprocess.Popen([sys.executable, "-c", RUN_CHILD, *argv], stderr=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def child_of(process: subprocess.Popen[str], name: str) -> psutil.Process:
    for _ in range(100):
        for child in psutil.Process(process.pid).children():
            if child.name() == name:
                return child
        time.sleep(0.05)
    raise AssertionError(f"no child {name}")


def test_the_exit_status_is_the_childs():
    assert children.run(["sh", "-c", "exit 7"], os.environ, Path("/")) == 7


def test_a_child_past_its_limit_is_killed_with_its_own_children(tmp_path: Path):
    script = f"sleep 300 & echo $! > {tmp_path}/pid; wait"
    assert children.run(["sh", "-c", script], os.environ, Path("/"), timeout_s=1) == 124
    grandchild = int((tmp_path / "pid").read_text())
    deadline = time.monotonic() + 5
    while psutil.pid_exists(grandchild) and psutil.Process(grandchild).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_child_reads_nothing_from_the_terminal():
    assert children.run(["cat"], os.environ, Path("/"), timeout_s=5) == 0


def test_a_killed_command_takes_its_child_along(command):
    process = command("sleep", "300")
    child = child_of(process, "sleep")
    process.kill()
    psutil.wait_procs([child], timeout=5)
    assert not child.is_running()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_reaches_the_child_once_and_the_command_says_so(command, number: signal.Signals):
    count = "import signal, time; n = []\nsignal.signal(2, lambda *_: n.append(1))\nprint('up', file=__import__('sys').stderr, flush=True)\n"
    count += "while not n: time.sleep(0.05)\ntime.sleep(0.5); raise SystemExit(0 if n == [1] else 9)"
    process = command(sys.executable, "-c", count)
    assert process.stderr and process.stderr.readline() == "up\n"
    process.send_signal(number)
    process.send_signal(number)  # as make does beside the terminal
    assert process.wait(timeout=10) == 130


def test_sigterm_ends_a_command_whose_shell_ignores_ctrl_c():
    script = RUN_CHILD.replace("try:", "children.take_signals()\ntry:")
    ignoring = f"trap '' INT; exec {sys.executable} -c \"$0\" sleep 300"
    process = subprocess.Popen(["sh", "-c", ignoring, script])
    try:
        child_of(process, "sleep")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 130
    finally:
        process.kill()
        process.wait()


def test_a_signal_that_comes_while_the_child_starts_reaches_it_too():
    script = RUN_CHILD.replace("try:", "children.take_signals()\ntry:")
    at_once = ["sh", "-c", "trap 'exit 7' INT; kill -TERM $PPID; for _ in $(seq 100); do sleep 0.1; done"]
    commands = [subprocess.Popen([sys.executable, "-c", script, *at_once]) for _ in range(8)]
    try:
        assert [process.wait(timeout=20) for process in commands] == [130] * 8
    finally:
        for process in commands:
            process.kill()
            process.wait()


def test_signals_that_come_at_once_interrupt_once():
    script = "import time; from commands import children; children.take_signals()\ntry:\n print('up', flush=True); time.sleep(60)\n"
    script += "except KeyboardInterrupt:\n time.sleep(0.5); print('cleaned up')"
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout and process.stdout.readline() == "up\n"
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGTERM):
            process.send_signal(number)
            time.sleep(0.1)
        assert process.communicate(timeout=10)[0] == "cleaned up\n"
    finally:
        process.kill()


def test_several_run_at_once_and_each_line_says_whose_it_is(tmp_path: Path):
    said: list[str] = []
    os.mkfifo(tmp_path / "pipe")  # either waits for the other to open it
    one = ["sh", "-c", f"echo met > {tmp_path}/pipe; exit 3"]
    other = ["sh", "-c", f"cat {tmp_path}/pipe; echo failed >&2"]
    commands = {"one": one, "other": other}
    assert children.run_together(commands, os.environ, Path("/"), said.append) == {"one": 3, "other": 0}
    assert said == ["other: met", "other: failed"]
