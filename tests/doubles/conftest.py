"""The real engine with both doubles for plugins, made once."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from airgap.engine import version
from airgap.paths import CHECKOUT
from commands.place import PLACE
from tests.support.engine import Engine, Stack

Rehearse = Callable[[str, str, Path], Stack]


@pytest.fixture(scope="session")
def rehearse(tmp_path_factory: pytest.TempPathFactory) -> Rehearse:
    """(name, program, folder of the clouds) to a stack that is not up yet."""
    engine = Engine(tmp_path_factory.mktemp("engine"))
    for kind in ("aws", "gcp"):
        engine.install(kind, version(f"pulumi-{kind}"), [sys.executable, "-m", "tests.doubles", kind])

    def stack(name: str, program: str, folder: Path) -> Stack:
        made = engine.stack(name, **{PLACE: str(folder), "PYTHONPATH": str(CHECKOUT)})
        made.program(program)
        return made

    return stack
