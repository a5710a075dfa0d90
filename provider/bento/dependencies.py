"""The second layer: the locked packages, by hash, without what only development reads."""

import shutil
import sys
from pathlib import Path

from airgap.artifacts import Report, ensure, key_of
from provider.bento.project import Project
from provider.bento.runtime import PYTHON, compile_all
from provider.bento.toolchain import run, uv

SITE = f"usr/local/lib/python{PYTHON}/dist-packages"
"""On Debian Python's search path already."""

PLATFORM = "x86_64-manylinux_2_36"
"""Of the runtime's libc, so that the build machine's own does not choose the wheels."""

UNREAD = (
    "bin",
    "**/tests",
    *("**/*.pyi", "**/*.c", "**/*.h", "**/*.pxd", "**/*.pyx"),
    *("numpy/distutils", "numpy/f2py"),
    *("onnxruntime/quantization", "onnxruntime/tools", "onnxruntime/transformers"),
    "onnxruntime/capi/libonnxruntime.so.*",  # for programs in C: Python's module holds a copy of all of it
)
"""What a server never opens, below SITE; where a package is absent nothing matches. Licences stay."""

TRACES = ("INSTALLER", "RECORD", "REQUESTED", "direct_url.json", "uv_cache.json")
"""Of the installation: RECORD holds the hash of scripts that name the build machine's Python."""


def root(project: Project, runtime: Path, report: Report) -> Path:
    """The root folder with the packages of the project's lock, byte-compiled."""
    key = key_of(project.lock, runtime.name, Path(__file__), (project.folder / "pyproject.toml").read_bytes())

    def build(out: Path) -> None:
        site = out / SITE
        site.mkdir(parents=True)
        requirements = out / "requirements.txt"
        export = [uv(), "export", "--frozen", "--no-dev", "--no-emit-project", "--no-header", "--no-annotate", "-q"]
        run("reading the lock", [*export, "--output-file", str(requirements)], report, cwd=project.folder)
        install = [uv(), "pip", "install", "--require-hashes", "--no-deps", "--no-build", "--link-mode", "copy"]
        target = ["--python", sys.executable, "--python-version", PYTHON, "--python-platform", PLATFORM]
        files = ["--target", str(site), "--requirements", str(requirements)]
        run("installing the locked packages", [*install, *target, *files], report, cwd=out)
        requirements.unlink()
        _trim(site)
        compile_all(site, out, runtime, report)

    return ensure(f"bento-{project.name}-packages", key, build, report)


def _trim(site: Path) -> None:
    for pattern in (*UNREAD, *(f"*.dist-info/{name}" for name in TRACES)):
        for path in list(site.glob(pattern)):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
