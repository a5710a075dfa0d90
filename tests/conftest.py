"""Fixtures that rooms share."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

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
