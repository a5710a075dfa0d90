"""A real registry, whose files can be changed beneath it, and images in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from provider.oci import ImageSpec
from provider.oci.registry import push
from tests.provider.conftest import a_root, running


@dataclass(frozen=True)
class Store:
    """A registry's address, and the folder that it keeps its data in."""

    address: str
    folder: Path

    def flip(self, digest: str) -> None:
        """Changes one bit in the middle of a blob or manifest, as a bad disk does, or whoever owns the registry."""
        hexes = digest.removeprefix("sha256:")
        file = self.folder / "data/docker/registry/v2/blobs/sha256" / hexes[:2] / hexes / "data"
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes(data)


@dataclass(frozen=True)
class Repository:
    """Of one test, in the store."""

    store: Store
    path: str
    folder: Path

    def pushed(self, text: str = "hello") -> str:
        """The reference of an image that holds this text, and no other test's."""
        root = a_root(self.folder / text, f"{text} of {self.path}")
        digest, _ = push(ImageSpec(entrypoint=["/bin/tool"]), [root], self.store.address, self.path)
        return f"{self.store.address}/{self.path}@{digest}"


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("signed-registry")
    with running(folder, 200) as address:
        yield Store(address, folder)


@pytest.fixture
def repository(tmp_path: Path, store: Store) -> Repository:
    return Repository(store, f"tests/{tmp_path.name.lower().replace('_', '-')}", tmp_path)
