"""Whose state, secrets and login a `pulumi` of ours acts on."""

from pathlib import Path

import pytest

from airgap import engine as built
from commands import engine
from commands.place import PLACE

OWNERS = {
    "PULUMI_BACKEND_URL": "s3://team-state",
    "PULUMI_CONFIG_PASSPHRASE_FILE": "/home/me/passphrase",
    "AWS_PROFILE": "prod",
}


@pytest.fixture(autouse=True)
def caller(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*OWNERS, *built.environment(), *built.UNSET, PLACE, "PULUMI_CREDENTIALS_PATH"):
        if name != "PATH":
            monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/home/me")


def given(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("stack", ["local", "aws-dev"])
def test_whoever_calls_the_engine_has_the_policy_pack(stack: str):
    assert (Path(engine.environment(stack)["PULUMI_OPTION_POLICY_PACK"]) / "PulumiPolicy.yaml").is_file()


def test_a_local_stack_is_the_checkouts_whatever_the_caller_has(monkeypatch: pytest.MonkeyPatch):
    given(monkeypatch, **OWNERS, PULUMI_CONFIG_PASSPHRASE="open sesame")
    found = engine.environment("local")
    assert found["PULUMI_BACKEND_URL"] == built.BACKEND.as_uri()
    assert found["PULUMI_CONFIG_PASSPHRASE_FILE"] == str(built.PASSPHRASE)
    assert "PULUMI_CONFIG_PASSPHRASE" not in found


def test_a_stack_in_an_account_is_its_owners_with_our_engine(monkeypatch: pytest.MonkeyPatch):
    given(monkeypatch, **OWNERS, PULUMI_DEBUG_PROVIDERS="aws:1234")
    found = engine.environment("aws-dev")
    assert {name: found[name] for name in OWNERS} == OWNERS
    assert found["PULUMI_HOME"] == str(built.HOME)
    assert found["PATH"].startswith(str(built.ENGINE))
    assert found["PULUMI_CREDENTIALS_PATH"] == "/home/me/.pulumi"
    assert "PULUMI_DEBUG_PROVIDERS" not in found


def test_without_any_of_it_the_login_alone_says_where_the_state_is():
    found = engine.environment("aws-dev")
    assert not {"PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE_FILE"} & found.keys()


def test_a_home_of_pulumi_that_the_caller_moved_keeps_the_login(monkeypatch: pytest.MonkeyPatch):
    given(monkeypatch, PULUMI_HOME="/srv/pulumi")
    assert engine.environment("gcp-prod")["PULUMI_CREDENTIALS_PATH"] == "/srv/pulumi"


def test_a_shell_that_has_make_env_of_the_local_stack_does_not_lead_there(monkeypatch: pytest.MonkeyPatch):
    given(monkeypatch, **{name: value for name, value in built.environment().items() if name != "PATH"})
    found = engine.environment("aws-dev")
    assert not {"PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE_FILE"} & found.keys()
    assert found["PULUMI_CREDENTIALS_PATH"] == "/home/me/.pulumi"


def test_a_rehearsal_keeps_a_backend_that_was_chosen_inside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    given(monkeypatch, **{PLACE: str(tmp_path)})
    assert engine.environment("aws-dev")["PULUMI_BACKEND_URL"] == built.BACKEND.as_uri()
    given(monkeypatch, PULUMI_BACKEND_URL=tmp_path.as_uri())
    assert engine.environment("aws-dev")["PULUMI_BACKEND_URL"] == tmp_path.as_uri()
