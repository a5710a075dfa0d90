"""A cache of its own for tests that build artifacts."""

from pathlib import Path

import pytest

from airgap import artifacts


@pytest.fixture
def fresh_artifacts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in place of the cache's artifacts."""
    folder = tmp_path / "cache" / "artifacts"
    monkeypatch.setattr(artifacts, "ARTIFACTS", folder)
    monkeypatch.setattr(artifacts, "LOCKS", tmp_path / "cache" / "locks")
    return folder


@pytest.fixture
def said() -> list[str]:
    """Lines of progress; pass `said.append` as the report."""
    return []
