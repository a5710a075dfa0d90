"""What `make env` means, and what is laid down in a checkout's own folder."""

import re
import subprocess
import threading
from pathlib import Path

import pytest

from airgap import engine, golang
from airgap.errors import SetupError


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, path in {"HOME": "home", "BACKEND": "state", "PASSPHRASE": "passphrase", "ENGINE": "engine"}.items():
        monkeypatch.setattr(engine, name, tmp_path / path)
    (tmp_path / "state").mkdir()
    return tmp_path


def test_the_passphrase_is_generated_once_and_for_its_owner_only(state: Path):
    engine._write_passphrase()
    first = engine.PASSPHRASE.read_text()
    engine._write_passphrase()
    assert engine.PASSPHRASE.read_text() == first
    assert len(first) >= 40
    assert engine.PASSPHRASE.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in state.iterdir() if path.name.startswith(".")] == [], "no scratch file stays"


def test_two_first_runs_at_once_agree_on_one_passphrase(state: Path):
    seen: set[str] = set()

    def first_run() -> None:
        engine._write_passphrase()
        seen.add(engine.PASSPHRASE.read_text())

    threads = [threading.Thread(target=first_run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 1


def test_a_lost_passphrase_is_not_replaced_while_stacks_need_it(state: Path):
    stack = state / "state" / ".pulumi" / "stacks" / "tradewind" / "local.json"
    stack.parent.mkdir(parents=True)
    stack.write_text("{}")
    with pytest.raises(SetupError, match=r"passphrase: missing, while .* To fix: put the file back"):
        engine._write_passphrase()


def test_a_launcher_replaces_older_versions_and_is_left_alone_when_right(state: Path):
    engine.install("resource", "thing", "1.0.0", ["/bin/echo", "old"])
    folder = engine.install("resource", "thing", "1.1.0", ["/bin/echo", "it's new"])
    launcher = folder / "pulumi-resource-thing"
    assert [path.name for path in folder.parent.iterdir()] == ["resource-thing-v1.1.0"]
    assert subprocess.run([launcher, "port"], capture_output=True, text=True).stdout == "it's new port\n"
    before = launcher.stat().st_ino
    engine.install("resource", "thing", "1.1.0", ["/bin/echo", "it's new"])
    assert launcher.stat().st_ino == before


def test_the_environment_stays_within_the_checkout_and_hides_what_else_is_on_path(state: Path):
    environment = engine.environment()
    assert environment["PATH"].split(":")[0] == str(state / "engine")
    assert environment["PULUMI_HOME"] == str(state / "home")
    assert environment["PULUMI_BACKEND_URL"] == f"file://{state / 'state'}"
    assert environment["PULUMI_CONFIG_PASSPHRASE_FILE"] == str(state / "passphrase")
    assert environment["PULUMI_IGNORE_AMBIENT_PLUGINS"] == "true"
    assert "PULUMI_CONFIG_PASSPHRASE" in engine.UNSET, "it would win over the file"


def test_cli_sdk_and_lock_name_one_version():
    module = (golang.MODULES / "pulumi" / "go.mod").read_text()
    assert re.search(r"pulumi/pkg/v3 v(\S+)", module)[1] == engine.version("pulumi")
    engine._require_one_version()


def test_a_lock_that_moved_on_without_the_module_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(engine, "version", lambda package: "3.999.0")
    with pytest.raises(SetupError, match=r"pulumi/go\.mod: pulumi/pkg/v3 must be v3\.999\.0, .* To fix: change one"):
        engine._require_one_version()
