"""The salt in a stack's settings follows the state that it belongs to."""

import json
from pathlib import Path

import pytest

from airgap.errors import SetupError
from commands.salt import follow_state
from commands.state import StackState


@pytest.fixture
def stack(tmp_path: Path) -> StackState:
    return StackState(name="local", backend=tmp_path / "state")


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """A link, as stacks/Pulumi.local.yaml is."""
    link = tmp_path / "Pulumi.local.yaml"
    link.symlink_to(tmp_path / "elsewhere" / "Pulumi.local.yaml")
    return link


def give_state(stack: StackState, salt: str) -> None:
    stack.checkpoint.parent.mkdir(parents=True)
    latest = {"secrets_providers": {"type": "passphrase", "state": {"salt": salt}}}
    stack.checkpoint.write_text(json.dumps({"version": 3, "checkpoint": {"latest": latest}}))


def test_a_salt_of_a_state_that_is_gone_goes_and_settings_stay(stack: StackState, settings: Path):
    settings.resolve().parent.mkdir()
    settings.write_text("encryptionsalt: v1:old=:v1:x:y==\nconfig:\n  tradewind:context: lab\n")
    assert follow_state(stack, settings)
    assert settings.read_text() == "config:\n  tradewind:context: lab\n"
    assert settings.is_symlink()


def test_a_state_gives_its_salt_to_settings_without_one(stack: StackState, settings: Path):
    give_state(stack, "v1:new=:v1:x:y==")
    assert follow_state(stack, settings)
    assert settings.read_text() == "encryptionsalt: v1:new=:v1:x:y==\n"
    assert not follow_state(stack, settings)


def test_settings_with_secrets_of_another_state_are_refused(stack: StackState, settings: Path):
    settings.resolve().parent.mkdir()
    text = "encryptionsalt: v1:old=:v1:x:y==\nconfig:\n  tradewind:token:\n    secure: v1:abc\n"
    settings.write_text(text)
    with pytest.raises(SetupError, match=r"Pulumi.local.yaml: encryptionsalt: .* To fix: "):
        follow_state(stack, settings)
    assert settings.read_text() == text
