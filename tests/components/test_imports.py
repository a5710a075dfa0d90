"""Each platform loads its own SDK and no other's, and the package loads none before a platform is named."""

import subprocess
import sys

import pytest

from airgap.paths import CHECKOUT

CLOUDS = ("pulumi_aws", "pulumi_gcp")
LOADED = "import sys, {module}; print(*[name for name in {clouds} if name in sys.modules])"


@pytest.mark.parametrize(
    ("module", "sdks"),
    [
        ("components.platforms, components.service", []),
        ("components.platforms.local", []),
        ("components.platforms.aws", ["pulumi_aws"]),
        ("components.platforms.gcp", ["pulumi_gcp"]),
    ],
)
def test_only_the_named_clouds_sdk_is_loaded(module: str, sdks: list[str]):
    program = LOADED.format(module=module, clouds=CLOUDS)
    run = subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == sdks


@pytest.mark.parametrize("cloud", ["aws", "gcp"])
def test_a_clouds_sdk_is_named_only_in_files_named_after_it(cloud: str):
    using = [each for each in (CHECKOUT / "components").rglob("*.py") if f"pulumi_{cloud}" in each.read_text()]
    assert using and all(each.stem.split("_")[0] == cloud for each in using), using
