"""The tests of our own Go code, in Go."""

import subprocess

import pytest

from airgap import golang
from commands.suites import OWN_GO


@pytest.mark.node
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("module", "packages"), OWN_GO.items())
def test_our_own_go_code_holds(module: str, packages: str):
    command = ["go", "test", packages]
    done = subprocess.run(
        command, cwd=golang.MODULES / module, env=golang.environment(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
