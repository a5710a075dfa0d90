"""The pair that a checkout signs with: made once, its private half for nobody else to read."""

import stat
from pathlib import Path

import pytest

from airgap.check import Check
from commands import settings, signing
from provider.signatures import keys
from provider.x509 import new_key


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(keys.FILE, raising=False)
    monkeypatch.setattr(keys, "STATE", tmp_path)
    return tmp_path


def test_the_pair_is_made_once(state: Path):
    public = signing.public_half()
    assert signing.public_half() == public
    assert [each.name for each in state.iterdir()] == ["signing.key"]
    assert stat.S_IMODE((state / "signing.key").stat().st_mode) == 0o600


def test_who_names_a_key_signs_with_it(state: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch):
    private, file = new_key(), tmp_path_factory.mktemp("keys") / "team.key"
    file.write_text(private)
    monkeypatch.setenv(keys.FILE, str(file))
    assert keys.same(signing.public_half(), keys.public_key(private))
    assert not any(state.iterdir())


def test_two_keys_are_one_however_they_are_wrapped():
    one, other = (keys.public_key(new_key()) for _ in range(2))
    assert keys.same(one, one.strip().replace("\n", "\r\n"))
    assert not keys.same(one, other)


def written(monkeypatch: pytest.MonkeyPatch, **config: str) -> Check:
    monkeypatch.setattr(settings, "written", lambda stack: {f"tradewind:{key}": each for key, each in config.items()})
    return signing.check("aws-prod")


def test_doctor_tells_who_signs(state: Path, monkeypatch: pytest.MonkeyPatch):
    public = signing.public_half()
    assert "signs with" in written(monkeypatch, signing_key=public).detail
    assert "verifies alone" in written(monkeypatch, signing_key=keys.public_key(new_key())).detail
    (state / "signing.key").unlink()
    assert "verifies alone" in written(monkeypatch, signing_key=public).detail


def test_doctor_tells_what_is_missing_and_no_key(state: Path, monkeypatch: pytest.MonkeyPatch):
    assert written(monkeypatch, tier="dev").answer == "found"
    missing = written(monkeypatch, tier="prod")
    assert missing.answer == "missing" and "pulumi config set signing_key -s aws-prod" in missing.fix
    wrong = written(monkeypatch, signing_key=signing.public_half()[:60])
    assert wrong.answer == "missing" and "openssl pkey -pubout" in wrong.fix
    (state / "signing.key").write_text("-----BEGIN it-is-no-key")
    broken = written(monkeypatch, signing_key=keys.public_key(new_key()))
    assert broken.answer == "missing" and "it-is-no-key" not in broken.detail + broken.fix
