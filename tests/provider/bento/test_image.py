"""The image of a real Bento: what is inside, what is not, and that it is the same wherever it is built."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from airgap.paths import CHECKOUT
from provider import bento
from provider.bento import toolchain
from provider.oci import assemble
from provider.oci.image import Image
from tests.support.plugin_calls import silent

pytestmark = pytest.mark.cluster  # no API server, but minutes of building where the caches are empty

EMBEDDER = CHECKOUT / "bentos" / "embedder"
LIMIT_MB = 350
BUILD = """
import sys
from pathlib import Path
from provider import bento, oci
quiet = lambda line: None
print(oci.assemble(*bento.spec(Path(sys.argv[1]), quiet), quiet).manifest.digest)
"""


@pytest.fixture(scope="module")
def roots() -> list[Path]:
    return bento.spec(EMBEDDER, silent)[1]


@pytest.fixture(scope="module")
def image() -> Image:
    return assemble(*bento.spec(EMBEDDER, silent), silent)


def names(roots: list[Path]) -> set[str]:
    return {path.relative_to(root).as_posix() for root in roots for path in root.rglob("*")}


def test_neither_compiler_nor_installer_nor_shell_is_inside(roots):
    programs = {name.rpartition("/")[2] for name in names(roots) if "/bin/" in f"/{name}"}
    assert programs == {"python", "python3", "python3.11"}
    packages = {
        name.split("/")[5].lower()
        for name in names(roots)
        if name.startswith("usr/local/lib/python3.11/dist-packages/")
    }
    assert not packages & {"pip", "setuptools", "wheel", "uv", "torch", "onnx", "pytest"}
    assert {"bentoml", "onnxruntime", "tokenizers"} <= packages


def test_nothing_of_the_build_machine_is_inside(roots):
    foreign = [name for name in names(roots) if name.endswith(("pip.conf", "uv.toml", "pyvenv.cfg", ".pth"))]
    assert foreign == []
    assert not any(
        name.startswith(("etc/ssl", "usr/share/ca-certificates", "usr/local/share")) for name in names(roots)
    )
    marks = [str(CHECKOUT), str(Path.home()), os.uname().nodename]
    own = [path for path in roots[-1].rglob("*") if path.is_file()]
    assert [
        (path.name, mark) for path in own for mark in marks if len(mark) > 4 and mark.encode() in path.read_bytes()
    ] == []


def test_licences_stay(roots):
    assert any("onnxruntime" in name and "LICENSE" in name for name in names(roots))
    assert "usr/share/doc/libc6/copyright" in names(roots)


def test_every_module_is_compiled_so_that_a_start_compiles_nothing(roots):
    found = names(roots[-1:])
    sources = {name for name in found if name.endswith(".py")}
    assert sources
    for name in sources:
        folder, _, module = name.rpartition("/")
        assert f"{folder}/__pycache__/{module.removesuffix('.py')}.cpython-311.pyc" in found


def test_it_is_small_packed_and_unpacked(roots, image):
    unpacked = sum(path.lstat().st_size for root in roots for path in root.rglob("*") if path.is_file())
    assert unpacked <= LIMIT_MB * 1e6
    assert image.size <= LIMIT_MB * 1e6 / 2


def test_it_runs_as_nobody(image):
    assert json.loads(image.config.data)["config"]["User"] == "65532:65532"


def test_a_changed_source_changes_the_last_and_least_layer_alone(tmp_path, image):
    changed = bento_copy(tmp_path)
    with (changed / "service.py").open("a") as file:
        file.write("\n# changed\n")
    other = assemble(*bento.spec(changed, silent), silent)
    assert [layer.digest for layer in other.layers[:-1]] == [layer.digest for layer in image.layers[:-1]]
    assert other.layers[-1].digest != image.layers[-1].digest
    assert other.layers[-1].size < 1e6


def test_a_file_that_the_bento_leaves_out_makes_no_new_image(tmp_path, image):
    changed = bento_copy(tmp_path)
    (changed / "notes.txt").write_text("measured again")
    other = assemble(*bento.spec(changed, silent), silent)
    assert other.manifest.digest == image.manifest.digest


def test_two_builds_from_empty_caches_have_one_digest(tmp_path):
    digests = []
    for name in ("one", "another"):
        folder = bento_copy(tmp_path / name)
        path = f"{Path(toolchain.uv()).parent}:{os.environ['PATH']}"
        env = os.environ | {"TRADEWIND_CACHE": str(tmp_path / name / "cache"), "PATH": path}
        ran = subprocess.run(
            [sys.executable, "-c", BUILD, folder], env=env, cwd=CHECKOUT, capture_output=True, text=True
        )
        assert ran.returncode == 0, ran.stderr
        digests.append(ran.stdout.strip())
        shutil.rmtree(tmp_path / name)
    assert digests[0].startswith("sha256:")
    assert digests[0] == digests[1]


def bento_copy(folder: Path) -> Path:
    """The embedder as a clone has it: no environment, no model."""
    left_out = shutil.ignore_patterns(".venv", "model", "__pycache__", ".*cache")
    return shutil.copytree(EMBEDDER, folder / "embedder", ignore=left_out)
