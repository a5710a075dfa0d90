"""What `make up` refuses to begin with: each is one line that says what is wrong and how to mend it."""

import os
import shutil
import socket
from collections import namedtuple
from pathlib import Path

import pytest
import yaml

from airgap.check import Check, require
from airgap.errors import SetupError
from airgap.paths import CACHE, STATE
from commands import checks, settings
from commands.doctor import doctor
from commands.place import PLACE

Usage = namedtuple("Usage", "total used free")


def refusal(check: Check) -> str:
    """The line that stops `make up`."""
    with pytest.raises(SetupError) as refused:
        require([Check(what="Go", answer="found", detail="go1.25"), check])
    [line] = str(refused.value).splitlines()
    return line


def test_who_is_not_root_is_told_of_both_ways(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    line = refusal(checks.root())
    assert line.startswith("root: user id must be 0, got 1000. To fix: ")
    assert "sudo make up" in line and "kubeconfig" in line


@pytest.mark.parametrize(("folder", "variable"), [(CACHE, "TRADEWIND_CACHE"), (STATE, "TRADEWIND_STATE")])
def test_a_disk_that_is_nearly_full_is_named_with_the_variable_that_moves_it(
    monkeypatch: pytest.MonkeyPatch, folder: Path, variable: str
):
    monkeypatch.setattr(shutil, "disk_usage", lambda at: Usage(0, 0, checks.GIB * (1 if at == folder else 500)))
    line = refusal(checks.disk(built=True))
    assert f"1 GiB free at {folder}" in line and f"{checks.FREE_BUILT_GIB} GiB are needed" in line
    assert f"set {variable} to a folder on a larger disk" in line


def test_a_full_cache_needs_less_disk_than_an_empty_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, checks.GIB * 5))
    assert checks.disk(built=True).answer == "found"
    assert checks.disk(built=False).answer == "missing"


@pytest.fixture
def nobody_listens() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def a_kubeconfig(folder: Path, port: int) -> Path:
    path = folder / "kubeconfig"
    cluster = {"name": "dev", "cluster": {"server": f"https://127.0.0.1:{port}"}}
    context = {"name": "dev", "context": {"cluster": "dev", "user": "me"}}
    user = {"name": "me", "user": {"token": "t"}}
    config = {"apiVersion": "v1", "kind": "Config", "clusters": [cluster], "contexts": [context], "users": [user]}
    path.write_text(yaml.safe_dump(config))
    return path


def test_a_cluster_that_does_not_answer_is_named_with_its_file_and_context(tmp_path: Path, nobody_listens: int):
    path = a_kubeconfig(tmp_path, nobody_listens)
    line = refusal(checks.kubeconfig({"kubeconfig": str(path), "context": "dev", "registry": "127.0.0.1:5000"}))
    assert line.startswith(f"kubeconfig: {path}, context dev: ")
    assert "refused" in line and ". To fix: " in line


def test_a_context_that_the_file_has_not_is_named(tmp_path: Path, nobody_listens: int):
    path = a_kubeconfig(tmp_path, nobody_listens)
    line = refusal(checks.kubeconfig({"kubeconfig": str(path), "context": "prod", "registry": "127.0.0.1:5000"}))
    assert "prod" in line and ". To fix: " in line


def test_a_kubeconfig_that_is_not_there_is_named(tmp_path: Path):
    given = {"kubeconfig": str(tmp_path / "none"), "context": "dev", "registry": "127.0.0.1:5000"}
    assert str(tmp_path / "none") in refusal(checks.kubeconfig(given))


def test_all_that_is_missing_is_said_at_once():
    first = Check(what="root", answer="missing", detail="got 1000", fix="be root.")
    second = Check(what="Go", answer="missing", detail="none", fix="install it.")
    with pytest.raises(SetupError) as refused:
        require([first, second])
    assert str(refused.value).splitlines() == [
        "root: got 1000. To fix: be root.",
        "Go: none. To fix: install it.",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("../.tradewind/elsewhere.yaml", "must hold `config:` and its keys, got '../.tradewind/elsewhere.yaml'"),
        ("config: [kubeconfig]", "must hold `config:` and its keys, got ['kubeconfig']"),
        ("config: {", "cannot be read: "),
    ],
)
def test_settings_that_are_none_are_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str):
    monkeypatch.setattr(settings, "CHECKOUT", tmp_path)
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "Pulumi.dev.yaml").write_text(text)
    with pytest.raises(SetupError) as refused:
        checks.given_cluster("dev")
    [line] = str(refused.value).splitlines()
    assert line.startswith(f"stacks/Pulumi.dev.yaml: {said}") and "To fix: " in line


@pytest.mark.parametrize("text", ["", "encryptionsalt: v1:abc\n", "config:\n"])
def test_settings_without_keys_name_no_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str):
    monkeypatch.setattr(settings, "CHECKOUT", tmp_path)
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "Pulumi.dev.yaml").write_text(text)
    assert checks.given_cluster("dev") == {}


def test_a_rehearsal_has_no_account_to_check(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setenv(PLACE, "/somewhere")
    assert doctor("aws-dev") == 0
    [line] = capsys.readouterr().err.splitlines()
    assert "nothing to check" in line and "make doctor STACK=aws-dev" in line
