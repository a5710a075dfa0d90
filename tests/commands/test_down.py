"""A platform is not taken away from under the services of another stack."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from airgap.errors import SetupError
from commands import down, settings


@pytest.fixture(autouse=True)
def stacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[dict[str, Any]]]:
    """What is up, by stack: `apps` stands on `net`."""
    monkeypatch.setattr(settings, "CHECKOUT", tmp_path)
    (tmp_path / "stacks").mkdir()
    for name, config in {"net": {"layer": "platform"}, "apps": {"layer": "services", "platform": "net"}}.items():
        written = {"config": {f"tradewind:{key}": value for key, value in config.items()}}
        (tmp_path / "stacks" / f"Pulumi.{name}.yaml").write_text(yaml.safe_dump(written))
    up: dict[str, list[dict[str, Any]]] = {"net": [{"type": "pulumi:pulumi:Stack"}], "apps": []}

    class Known:
        def __init__(self, name: str):
            self.name = name

        def resources(self) -> list[dict[str, Any]]:
            return up[self.name]

    monkeypatch.setattr(down, "state_of", Known)
    return up


def test_a_platform_with_services_on_it_stays(stacks: dict[str, list[dict[str, Any]]]):
    stacks["apps"] = [{"type": "pulumi:pulumi:Stack"}]
    with pytest.raises(SetupError) as refused:
        down.require_unused("net")
    assert str(refused.value).startswith("stack net: the services of the stack apps stand on it, ")
    assert "To fix: `make down STACK=apps` first" in str(refused.value)


def test_services_go_whoever_is_below_them(stacks: dict[str, list[dict[str, Any]]]):
    stacks["apps"] = [{"type": "pulumi:pulumi:Stack"}]
    down.require_unused("apps")


def test_a_platform_goes_once_its_services_have_gone():
    assert settings.standing_on("net") == ["apps"]
    down.require_unused("net")
