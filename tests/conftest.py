"""Fixtures that rooms share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from airgap import artifacts
from tests.support.api_server import ApiServer

# A deadline per example would be a timed test, which a busy machine fails.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def api_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """A real API server with its controllers, no node; one for the whole run."""
    server = ApiServer(tmp_path_factory.mktemp("api-server"))
    try:
        server.start()
        yield server
    finally:
        server.stop()


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
