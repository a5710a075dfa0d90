"""Each platform loads its own SDK and no other's, and the package loads none before a platform is named."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from airgap.paths import CHECKOUT

CLOUDS = ("aws", "gcp")
LOADED = "import sys, {module}; print(*[name for name in sys.modules if name in ('pulumi_aws', 'pulumi_gcp')])"
FILES = sorted((CHECKOUT / "components").rglob("*.py"))


@pytest.mark.parametrize("module", ["components.platforms, components.service", "components.platforms.local"])
def test_no_clouds_sdk_is_loaded_where_none_is_named(module: str):
    program = LOADED.format(module=module)
    run = subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == []


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_clouds_sdk_is_reached_only_from_files_named_after_it(cloud: str):
    """Read, not run: loading both SDKs takes ten seconds."""
    using = [file for file in FILES if any(belongs(module, cloud) for module in imported(file))]
    assert using and all(file.stem.split("_")[0] == cloud for file in using), using


def belongs(module: str, cloud: str) -> bool:
    """Whether it is the cloud's SDK, or a file named after the cloud."""
    return any(part.split("_")[0] == cloud for part in module.removeprefix("pulumi_").split("."))


def imported(file: Path) -> Iterator[str]:
    """The modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{each.name}" for each in node.names)
