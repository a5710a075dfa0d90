"""The stack as every test of this room sees it: one service on the built node, recorded once."""

import pytest

from components.cluster import kind
from tests.components.recording import Engine, deployed


@pytest.fixture(scope="session")
def stack() -> Engine:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kind, "usable", lambda: False)
        return deployed()
