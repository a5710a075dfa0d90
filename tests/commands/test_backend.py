"""A state that the CLI alone tells of: locks from its refusals, what is unsettled, and which stacks have such a state."""

import json
import socket
import subprocess
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from airgap.errors import SetupError
from commands import backend, recover
from commands.backend import ToldState, held, state_of
from commands.place import PLACE
from commands.state import BACKEND, StackState

ROOT = {"urn": "urn:pulumi:lab::tradewind::pulumi:pulumi:Stack::tradewind-lab", "type": "pulumi:pulumi:Stack"}
REFUSAL = """\
error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file \
with `pulumi cancel`.
  s3://team-state/.pulumi/locks/organization/tradewind/lab/7a1c.json: created by {user}@{host} (pid {pid}) at \
2026-11-26T10:00:00Z
"""
"""pkg/backend/diy/lock.go"""


def refusal(pid: int, host: str = socket.gethostname()) -> str:
    return REFUSAL.format(user="me", host=host, pid=pid)


@pytest.fixture
def stack(tmp_path: Path) -> ToldState:
    return ToldState(name="lab", begun=tmp_path / "begun")


@dataclass
class Cli:
    """A stack of one resource whose lock is held until `pulumi cancel`."""

    refusal: str = ""
    commands: list[str] = field(default_factory=list)

    def asked(self, _stack: str, *words: str, fix: str) -> str:
        self.commands.append(" ".join(words))
        return json.dumps({"deployment": {"resources": [ROOT]}}) if words == ("stack", "export") else ""

    def heard(self, _stack: str, *words: str) -> tuple[int, str]:
        self.commands.append(" ".join(words))
        return (0, "") if "cancel --yes" in self.commands else (255, self.refusal)


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch) -> Cli:
    made = Cli()
    monkeypatch.setattr(backend, "asked", made.asked)
    monkeypatch.setattr(backend, "heard", made.heard)
    return made


@pytest.fixture
def ended_pid() -> int:
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


def test_a_refusal_names_the_holder():
    [lock] = held(refusal(4711, "builder"))
    assert (lock.user, lock.host, lock.pid) == ("me", "builder", 4711)
    assert lock.at == "s3://team-state/.pulumi/locks/organization/tradewind/lab/7a1c.json"
    assert lock.since == datetime.fromisoformat("2026-11-26T10:00:00Z").timestamp()


def test_a_dead_holders_lock_is_cancelled(stack: ToldState, cli: Cli, ended_pid: int):
    cli.refusal = refusal(ended_pid)
    [freed] = recover.free_dead_locks(stack)
    assert freed.pid == ended_pid
    asked_for = [each for each in cli.commands if each.startswith("refresh")]
    assert "cancel --yes" in cli.commands
    assert all(f"--target {ROOT['urn']}" in each for each in asked_for), "nothing of the cloud is looked at"


@pytest.mark.parametrize("host", ["elsewhere", socket.gethostname()])
def test_a_living_holders_lock_stays(
    stack: ToldState, cli: Cli, monkeypatch: pytest.MonkeyPatch, ended_pid: int, host: str
):
    monkeypatch.setattr(recover, "LOCK_PATIENCE_S", 0)
    with subprocess.Popen(["sleep", "60"]) as living:
        text = refusal(living.pid if host != "elsewhere" else ended_pid, host)
        cli.refusal = text.replace("2026-11-26T10:00:00Z", datetime.now().astimezone().isoformat())
        try:
            with pytest.raises(SetupError, match=rf"on {host} is not known to be dead. .*pulumi cancel --stack lab"):
                recover.free_dead_locks(stack)
        finally:
            living.kill()
    assert "cancel --yes" not in cli.commands


def test_another_refusal_is_told_as_it_is(stack: ToldState, cli: Cli):
    cli.refusal = "error: [409] Conflict: Another update is currently in progress."
    with pytest.raises(
        SetupError, match=r"stack lab: error: \[409\] .* `pulumi cancel --stack lab`; then `make recover"
    ):
        stack.locks()


def test_a_stack_that_was_never_initialised_has_nothing(stack: ToldState, monkeypatch: pytest.MonkeyPatch):
    def asked(*_: str, fix: str) -> str:
        raise SetupError(f"stack lab: error: no stack named 'lab' found To fix: {fix}")

    monkeypatch.setattr(backend, "asked", asked)
    assert stack.export() is None
    assert (stack.resources(), stack.pending(), stack.locks(), stack.unsettled()) == ([], [], [], False)
    assert not recover.needed(stack)


def test_a_backend_that_does_not_answer_is_no_empty_stack(stack: ToldState, monkeypatch: pytest.MonkeyPatch):
    def asked(*_: str, fix: str) -> str:
        raise SetupError(f"stack lab: error: no credentials To fix: {fix}")

    monkeypatch.setattr(backend, "asked", asked)
    with pytest.raises(SetupError, match="no credentials"):
        stack.resources()


def test_an_update_that_did_not_end_well_is_unsettled_until_one_does(stack: ToldState, cli: Cli):
    with pytest.raises(SetupError), stack.changing():
        raise SetupError("killed")
    assert stack.unsettled()
    with stack.changing():
        pass
    assert not stack.unsettled()


@pytest.mark.parametrize(("result", "failed"), [("succeeded", False), ("failed", True), ("in-progress", True)])
def test_the_last_update_is_asked_of_the_history(
    stack: ToldState, monkeypatch: pytest.MonkeyPatch, result: str, failed: bool
):
    monkeypatch.setattr(backend, "asked", lambda *_, fix: json.dumps([{"kind": "update", "result": result}]))
    assert stack.last_failed() == failed


def test_a_stack_without_updates_has_not_failed(stack: ToldState, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(backend, "asked", lambda *_, fix: "[]")
    assert not stack.last_failed()


def test_files_are_read_where_they_are_ours_alone(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(PLACE, raising=False)
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    assert isinstance(state_of("local"), StackState)
    assert isinstance(state_of("aws-dev"), ToldState)
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://of-another-project")
    assert isinstance(state_of("local"), StackState), "local never leaves the checkout"
    monkeypatch.setenv(PLACE, "/somewhere")
    assert isinstance(state_of("aws-dev"), ToldState)
    monkeypatch.setenv("PULUMI_BACKEND_URL", BACKEND.parent.as_uri())
    assert isinstance(state_of("aws-dev"), StackState)
