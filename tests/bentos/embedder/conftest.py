"""The service at three distances: object, server process, and a deployed image where EMBEDDER_URL names one."""

import os
from collections.abc import Callable, Iterator

import pytest
import serving
from export import MODEL, export
from forward import Reference

Encode = Callable[[list[str]], list[list[float]]]
DISTANCES = ["object", "server", *(["image"] if os.environ.get("EMBEDDER_URL") else [])]


@pytest.fixture(scope="session", autouse=True)
def model() -> None:
    """The model beside the service, as export.py writes it today."""
    export(MODEL)


@pytest.fixture(scope="session")
def reference() -> Reference:
    return Reference()


@pytest.fixture(scope="session")
def local() -> Encode:
    """The service's endpoint as a plain method, no server."""
    from service import Embedder

    return Embedder.inner().encode


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[serving.Service]:
    """One server process for the session, started as the image starts it."""
    log = tmp_path_factory.mktemp("server") / "log"
    with serving.process(serving.OWN, log) as (running, service):
        serving.wait_ready(running, service, log)
        yield service


@pytest.fixture(params=DISTANCES)
def encode(request: pytest.FixtureRequest) -> Encode:
    """How a caller at each distance gets vectors."""
    if request.param == "object":
        return request.getfixturevalue("local")
    if request.param == "image":
        return serving.Service(os.environ["EMBEDDER_URL"].rstrip("/")).encode
    return request.getfixturevalue("server").encode
