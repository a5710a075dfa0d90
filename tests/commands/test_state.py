"""Locks and pending operations are read from the files that a real Pulumi writes; the shapes here are its own."""

import json
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from airgap.errors import SetupError
from commands import recover
from commands.state import StackState


@pytest.fixture
def stack(tmp_path: Path) -> StackState:
    return StackState(name="local", backend=tmp_path)


def write_lock(stack: StackState, pid: int, host: str = socket.gethostname(), at: datetime | None = None) -> Path:
    path = stack.backend / "locks" / "organization" / "tradewind" / "local" / f"{pid}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    stamp = (at or datetime.now(UTC)).isoformat().replace("+00:00", "123Z")
    path.write_text(json.dumps({"pid": pid, "username": "root", "hostname": host, "timestamp": stamp}))
    return path


def write_checkpoint(stack: StackState, **latest: object) -> None:
    stack.checkpoint.parent.mkdir(parents=True, exist_ok=True)
    stack.checkpoint.write_text(json.dumps({"version": 3, "checkpoint": {"latest": latest}}))


@pytest.fixture
def ended_pid() -> int:
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


@pytest.fixture
def living():
    process = subprocess.Popen(["sleep", "60"])
    time.sleep(0.05)
    yield process
    process.kill()
    process.wait()


def test_a_lock_whose_process_is_gone_is_freed(stack: StackState, ended_pid: int):
    path = write_lock(stack, ended_pid)
    [freed] = recover.free_dead_locks(stack)
    assert freed.pid == ended_pid
    assert not path.exists()


def test_a_lock_whose_process_is_a_zombie_is_freed(stack: StackState, living: subprocess.Popen[bytes]):
    path = write_lock(stack, living.pid)
    living.kill()
    time.sleep(0.2)  # not waited for, so it stays as a zombie
    recover.free_dead_locks(stack)
    assert not path.exists()


def test_a_lock_whose_process_number_is_in_use_again_is_freed(stack: StackState, living: subprocess.Popen[bytes]):
    path = write_lock(stack, living.pid, at=datetime(2026, 1, 1, tzinfo=UTC))
    recover.free_dead_locks(stack)
    assert not path.exists()


def test_a_lock_of_a_living_process_stays(
    stack: StackState, living: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(recover, "LOCK_PATIENCE_S", 0)
    path = write_lock(stack, living.pid)
    with pytest.raises(SetupError, match=rf"the lock of process {living.pid} of root .* not known to be dead"):
        recover.free_dead_locks(stack)
    assert path.exists()


def test_a_lock_of_another_host_stays(stack: StackState, ended_pid: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(recover, "LOCK_PATIENCE_S", 0)
    path = write_lock(stack, ended_pid, host="elsewhere")
    with pytest.raises(
        SetupError, match=r"on elsewhere is not known to be dead. To fix: .*pulumi cancel --stack local"
    ):
        recover.free_dead_locks(stack)
    assert path.exists()


def test_a_lock_file_that_was_never_finished_is_freed(stack: StackState):
    path = write_lock(stack, 1)
    path.write_text('{"pid": ')
    recover.free_dead_locks(stack)
    assert not path.exists()


def test_what_a_killed_engine_had_begun_to_write_beside_a_file_goes_with_its_lock(stack: StackState, ended_pid: int):
    write_lock(stack, ended_pid)
    write_checkpoint(stack)
    torn, whole = (stack.checkpoint.with_name(f"{name}.attrs") for name in ("local.json", "local.json.bak"))
    torn.touch()
    whole.write_text('{"user.content_type": "text/plain"}')
    recover.free_dead_locks(stack)
    assert not torn.exists() and whole.exists() and stack.checkpoint.exists()


def test_a_stack_without_files_has_nothing(stack: StackState):
    assert (stack.locks(), stack.pending(), stack.resources(), stack.has_node()) == ([], [], [], False)


def test_pending_operations_and_the_node_are_seen(stack: StackState):
    node = {"urn": "urn:pulumi:local::tradewind::tradewind:index:Node::node", "type": "tradewind:index:Node"}
    write_checkpoint(stack, resources=[node], pending_operations=[{"resource": node, "type": "creating"}])
    assert stack.has_node()
    assert [operation["type"] for operation in stack.pending()] == ["creating"]


def test_a_damaged_checkpoint_is_named_with_its_backup(stack: StackState):
    write_checkpoint(stack)
    stack.checkpoint.write_text('{"version": 3, "check')
    with pytest.raises(SetupError, match=r"local.json: not readable: .* To fix: copy local.json.bak over it"):
        stack.resources()


def test_a_discarded_checkpoint_is_kept_aside(stack: StackState):
    write_checkpoint(stack, resources=[{"type": "a"}])
    aside = stack.discard()
    assert aside and "resources" in aside.read_text()
    assert stack.resources() == []


def test_two_changing_commands_of_one_checkout_take_turns(tmp_path: Path):
    code = "import sys, time\nfrom commands.state import single_flight\nwith single_flight(sys.argv[1]):\n"
    code += "    print('in', flush=True); time.sleep(float(sys.argv[2])); print('out', flush=True)"
    environment = {"TRADEWIND_STATE": str(tmp_path), "PATH": ""}

    def start(name: str, seconds: str) -> subprocess.Popen[str]:
        argv = [sys.executable, "-c", code, name, seconds]
        return subprocess.Popen(argv, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    first = start("up", "1.5")
    assert first.stdout and first.stdout.readline() == "in\n"
    second = start("down", "0")
    start_s = time.monotonic()
    assert second.stdout and second.stdout.readline() == "in\n"
    assert time.monotonic() - start_s > 0.5
    assert f"make up (process {first.pid}) is running in this checkout, waiting for it" in second.communicate()[1]
    assert first.communicate()[0] == "out\n"
