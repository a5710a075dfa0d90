"""Builds beside the suites: an error reaches whoever waits, and nothing goes on after the end."""

import time
from pathlib import Path

import psutil
import pytest

from airgap import golang
from airgap.errors import SetupError
from commands.building import LOWEST, Building


@pytest.fixture
def empty_cache(tmp_path: Path, fresh_artifacts: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """For this process and for its children."""
    monkeypatch.setattr(golang, "CACHE", fresh_artifacts.parent)
    monkeypatch.setenv("TRADEWIND_CACHE", str(fresh_artifacts.parent))
    return fresh_artifacts.parent


def test_who_waits_hears_why_a_build_failed(empty_cache: Path, said: list[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GOPROXY", "off")
    with Building(said.append, ["kwok"]) as building, pytest.raises(SetupError, match=r"`go build .*kwok.*` failed"):
        building.wait("kwok")


def test_at_the_end_no_compiler_goes_on(empty_cache: Path, said: list[str]):
    def compilers() -> list[psutil.Process]:
        return [child for child in psutil.Process().children(recursive=True) if child.name() == "go"]

    with Building(said.append, ["kwok"]):
        while not (found := compilers()):
            time.sleep(0.05)
        assert found[0].nice() == LOWEST
        assert said == [], "nobody waits"
    _, alive = psutil.wait_procs(found, timeout=5)
    assert not alive
