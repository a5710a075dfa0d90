"""The lowest layer of a service's image: Python of Debian and what it links against, nothing to build with."""

import shutil
from pathlib import Path

from airgap import debian
from airgap.artifacts import Report, ensure, key_of
from provider.bento.toolchain import run

PYTHON = "3.11"
"""Of the image, whatever runs the build: Debian 12's."""

PACKAGES = ["libpython3.11-stdlib", "libstdc++6", "python3.11-minimal"]
"""libstdc++ is what wheels of onnxruntime and numpy link against. No CA certificates: certifi brings its own."""

MULTIARCH = "usr/lib/x86_64-linux-gnu"
UNUSED = (
    *(f"usr/lib/python{PYTHON}/{name}" for name in ("ensurepip", "idlelib", "lib2to3", "pydoc_data", "test", "venv")),
    f"{MULTIARCH}/gconv",  # iconv's tables of old encodings; Python has its own
)
"""What a service has no use for; pip would come with the first."""

ACCOUNTS = {
    "etc/passwd": "root:x:0:0:root:/:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/tmp:/sbin/nologin\n",
    "etc/group": "root:x:0:\nnonroot:x:65532:\n",
    "etc/nsswitch.conf": "hosts: files dns\n",
}


def root(report: Report) -> Path:
    """The runtime's root folder, byte-compiled."""
    unpacked = debian.unpacked(PACKAGES, report)

    def build(out: Path) -> None:
        shutil.copytree(unpacked, out, symlinks=True, dirs_exist_ok=True)
        for name in UNUSED:
            shutil.rmtree(out / name, ignore_errors=True)
        for name in ("python", "python3"):
            (out / "usr" / "bin" / name).symlink_to(f"python{PYTHON}")
        prepare(out)
        compile_all(out / "usr" / "lib" / f"python{PYTHON}", out, unpacked, report)

    return ensure("bento-runtime", key_of(unpacked.name, Path(__file__)), build, report)


def prepare(out: Path) -> None:
    """What every image's lowest layer has besides its programs: the account, names by DNS, a /tmp."""
    for name, text in ACCOUNTS.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(text)
    (out / "tmp").mkdir()
    (out / "tmp").chmod(0o1777)


def compile_all(folder: Path, root: Path, runtime: Path, report: Report) -> None:
    """Write .pyc files for `folder`, as paths below `root`, by the image's own Python.

    Never checked against the sources, whose times a layer drops. By one process in one order: what is shared between
    constants, and so the bytes, follows the order. A service that had to compile would start seconds later.
    """
    libraries = runtime / MULTIARCH
    python = [
        str((libraries / "ld-linux-x86-64.so.2").resolve()),
        "--library-path",
        str(libraries),
        str(runtime / "usr" / "bin" / f"python{PYTHON}"),
    ]
    options = ["-q", "-j", "1", "--invalidation-mode", "unchecked-hash", "-s", str(root), "-p", "/"]
    env = {"PYTHONHOME": str(runtime / "usr"), "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    run(f"compiling {folder.name}", [*python, "-m", "compileall", *options, str(folder)], report, env=env)
