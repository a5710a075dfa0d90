"""The network policy agent's own tests, in Go: which rule each shape of policy becomes."""

import subprocess

import pytest

from airgap import golang


@pytest.mark.node
@pytest.mark.timeout(600)
def test_the_agents_rules_hold():
    command = ["go", "test", "./agent"]
    done = subprocess.run(
        command, cwd=golang.MODULES / "node", env=golang.environment(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
