"""Whether an official plugin is here, can be had, or cannot."""

import socket
from pathlib import Path

import pytest

from airgap import engine, official
from commands import plugins
from tests.support.http_server import serving


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(engine, "HOME", tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def nobody_listens() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


def put(home: Path) -> Path:
    folder = home / "plugins" / f"resource-aws-v{engine.version('pulumi-aws')}"
    folder.mkdir(parents=True)
    (folder / "pulumi-resource-aws").touch()
    return folder


def test_one_that_is_here_is_not_looked_for(home: Path, monkeypatch: pytest.MonkeyPatch, nobody_listens: str):
    monkeypatch.setattr(plugins, "SITE", nobody_listens)
    put(home)
    assert plugins.check("aws").answer == "found"


def test_half_of_one_is_none(home: Path, monkeypatch: pytest.MonkeyPatch, nobody_listens: str):
    """The CLI leaves this file until all is unpacked: sdk/go/common/workspace/plugins.go."""
    monkeypatch.setattr(plugins, "SITE", nobody_listens)
    folder = put(home)
    folder.with_name(f"{folder.name}.partial").touch()
    assert plugins.check("aws").answer == "missing"


def test_one_that_can_be_had_is_to_be_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / f"pulumi-resource-aws-v{engine.version('pulumi-aws')}-linux-amd64.tar.gz").touch()
    with serving(tmp_path) as site:
        monkeypatch.setattr(plugins, "SITE", site)
        check = plugins.check("aws")
    assert check.answer == "built"
    assert site in check.detail


def test_one_that_is_out_of_reach_is_one_line_with_the_way_to_it(monkeypatch: pytest.MonkeyPatch, nobody_listens: str):
    monkeypatch.setattr(plugins, "SITE", nobody_listens)
    check = plugins.check("aws")
    assert check.answer == "missing"
    assert check.detail.startswith(
        f"{engine.version('pulumi-aws')} is not here, and {nobody_listens}/pulumi-resource-aws-v"
    )
    assert "ConnectError" in check.detail and "let this machine reach 127.0.0.1" in check.fix


def test_ours_for_kubernetes_does_not_do(home: Path, monkeypatch: pytest.MonkeyPatch, nobody_listens: str):
    monkeypatch.setattr(official, "find", lambda *_: None)
    url = f"{nobody_listens}/sums.txt"
    release = official.Release(name="pulumi-kubernetes", archive=f"{nobody_listens}/a.tar.gz", checksums=url)
    monkeypatch.setattr(official, "kubernetes_plugin", lambda _: release)
    engine.install("resource", "kubernetes", engine.version("pulumi-kubernetes"), ["ours"])
    check = plugins.check("kubernetes")
    assert check.answer == "missing"
    assert url in check.detail
