"""The real CLI runs Python programs through our language host."""

import json
import os
import resource
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from tests.support.engine import Engine, Stack

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]
"""No API server is used; but the CLI is, which takes minutes to build where the cache is empty."""

COMPONENT = """
import pulumi

class Thing(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("test:index:Thing", name, None, opts)
        self.register_outputs({})
"""
ENDLESS = "import os, time\nprint('running as', os.getpid(), flush=True)\ntime.sleep(600)\n"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine(tmp_path_factory.mktemp("engine"))


@pytest.fixture
def stack(engine: Engine, request: pytest.FixtureRequest, tmp_path: Path) -> Stack:
    # A home that is nobody's: what is written to ~ would be seen.
    return engine.stack(request.node.name.replace("_", "-")[5:60], HOME=str(tmp_path / "home"))


def test_a_program_is_previewed_deployed_and_then_unchanged(stack: Stack, tmp_path: Path):
    (stack.folder / "names.py").write_text("FIRST = 'one'\n")
    program = COMPONENT + "from names import FIRST\nThing(FIRST)\npulumi.export('name', FIRST)\n"
    assert stack.preview(program).changes == {"to create": 2}
    assert stack.up().changes == {"created": 2}
    assert stack.up().changes == {"unchanged": 2}
    assert stack.outputs() == {"name": "one"}
    assert not (tmp_path / "home" / ".pulumi").exists()


def test_config_and_secrets_reach_the_program_and_no_secret_is_printed_or_stored(stack: Stack):
    stack.run("config", "set", "size", "small")
    stack.run("config", "set", "--secret", "password", "hunter2")
    program = """
        import pulumi
        config = pulumi.Config()
        pulumi.export("size", config.require("size"))
        pulumi.export("password", config.require_secret("password"))
    """
    assert "hunter2" not in stack.up(program).text
    assert stack.outputs() == {"size": "small", "password": "hunter2"}
    assert "hunter2" not in stack.export()


def test_what_a_program_prints_comes_while_it_runs(stack: Stack):
    stack.program("import time\nprint('first words', flush=True)\ntime.sleep(3)\nprint('last words')\n")
    process = stack.start("preview")
    assert process.stdout
    for line in process.stdout:
        if "first words" in line:
            break
    assert process.poll() is None
    assert "last words" in stack.finish(process).text


def test_an_error_shows_the_programs_own_lines(stack: Stack):
    text = stack.preview("import json\njson.loads('{')\n", fails=True).text
    assert "Program failed with an unhandled exception" in text
    assert "__main__.py" in text and "json.loads('{')" in text
    assert "language_host" not in text


def test_an_exit_status_is_reported(stack: Stack):
    assert "exited with non-zero exit code: 7" in stack.preview("import sys\nsys.exit(7)\n", fails=True).text


def test_a_virtualenv_without_python_is_refused_with_the_fix(stack: Stack):
    (stack.folder / "Pulumi.yaml").write_text("name: lost\nruntime: {name: python, options: {virtualenv: missing}}\n")
    stack.run("stack", "init", "test")
    text = stack.run("preview", fails=True).text
    assert "runtime.options.virtualenv must hold a Python, got" in text
    assert "To fix: run `uv sync`" in text


def test_plugins_that_the_sdks_ask_for_are_known(stack: Stack):
    found = json.loads(stack.run("plugin", "ls", "--project", "--json").text)
    assert ("kubernetes", "4.34.2") in {(each["name"], each["version"]) for each in found}


def children_of(process: int) -> list[psutil.Process]:
    return [each for each in psutil.Process(process).children(recursive=True) if each.is_running()]


def ended(processes: list[psutil.Process]) -> bool:
    """Within two seconds; a zombie that nobody collects has ended too."""
    _, alive = psutil.wait_procs(processes, timeout=2)
    return all(process.status() == psutil.STATUS_ZOMBIE for process in alive)


def started(stack: Stack) -> tuple[subprocess.Popen[str], list[psutil.Process]]:
    """A preview whose program runs, and all processes below the CLI."""
    stack.program(ENDLESS)
    process = stack.start("preview")
    assert process.stdout
    for line in process.stdout:
        if "running as" in line:
            break
    return process, children_of(process.pid)


def test_an_interrupt_ends_command_host_and_program_at_once(stack: Stack):
    process, below = started(stack)
    assert len(below) >= 2
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert "canceled" in stack.finish(process).text
    assert time.monotonic() - start < 3
    assert ended(below)


def test_a_killed_command_takes_host_and_program_along(stack: Stack):
    process, below = started(stack)
    os.kill(process.pid, signal.SIGKILL)
    assert ended(below)
    process.communicate()


def test_a_preview_without_changes_is_cheap(stack: Stack):
    stack.up(COMPONENT + "Thing('one')\n")

    def cost() -> float:
        # Of CPU, the command's and all that it started and waited for: the clock would judge the machine's load.
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        stack.preview()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(cost(), cost()) < 4
