"""A whole node for the tests marked `node`, and a neighbour for those that need two."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from airgap import node
from airgap.node import claims
from airgap.node.layout import Layout, NodeSpec, Ports
from airgap.paths import STATE
from tests.airgap.node.running import Running


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Of a node that is not run."""
    ports = Ports(api=20000, registry=20001, entry=20002, prometheus=20003)
    return Layout(spec=NodeSpec(name="unit", state=tmp_path / "node"), number=3, ports=ports)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A node of its own, up for the whole run; it stands beside one that `make up` made."""
    yield from _run("test", tmp_path_factory.mktemp("node"))


@pytest.fixture(scope="session")
def neighbour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A second node on the same machine."""
    yield from _run("test-2", tmp_path_factory.mktemp("neighbour"))


@pytest.fixture(scope="session", autouse=True)
def _one_run_at_a_time(request: pytest.FixtureRequest) -> Iterator[None]:
    """Nodes of tests have fixed names, so that a killed run's are found; two runs would end each other's."""
    if not any(item.get_closest_marker("node") for item in request.session.items):
        yield
        return
    (STATE / "node").mkdir(parents=True, exist_ok=True)
    with FileLock(STATE / "node" / "tests.lock"):
        yield


def _run(name: str, folder: Path) -> Iterator[Running]:
    spec = NodeSpec(name=name, state=folder / name)
    node.stop(spec, print)  # of a run that was killed
    try:
        facts = node.ensure(spec, print)
        found = claims.load(spec)
        assert found
        yield Running(spec, facts, found, folder)
    finally:
        node.stop(spec, print)
