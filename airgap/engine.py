"""The Pulumi engine of this checkout: CLI, language host and plugins, of the versions in uv.lock."""

import functools
import os
import re
import secrets
import shlex
import shutil
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from airgap import golang, official
from airgap.artifacts import Report
from airgap.errors import SetupError
from airgap.paths import CHECKOUT, STATE
from airgap.secret_files import write_once

HOME = STATE / "home"
BACKEND = STATE / "state"
PASSPHRASE = STATE / "passphrase"
ENGINE = STATE / "engine"
"""A link to the folder that holds the CLI: one PATH that stays when a version changes."""

VENV = Path(sys.executable).parent

UNSET = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_DEBUG_PROVIDERS", "PULUMI_DEBUG_LANGUAGES")
"""Variables of a caller that would win over ours; `make env` and the commands remove them."""

CLI_MODULE, CLI_PACKAGE = "pulumi", "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
SDK = "github.com/pulumi/pulumi/sdk/v3"


@dataclass(frozen=True)
class Engine:
    """What `ensure` has put in place."""

    bin_dir: Path
    home: Path


def ensure(report: Report) -> Engine:
    """Get or build the engine and install its plugins; quick where all is there."""
    # Once the CLI has been built here, the download sites are not asked again.
    closed = golang.built(CLI_MODULE, CLI_PACKAGE, version_flag()) is not None
    bundle = official.fetch(official.cli(version("pulumi")), report, probe=not closed)
    plugin = official.fetch(official.kubernetes_plugin(version("pulumi-kubernetes")), report, probe=bundle is not None)
    if bundle is None:
        _require_one_version()
        bin_dir = golang.binary(CLI_MODULE, CLI_PACKAGE, report, version_flag()).parent
        _install_language_host()
    else:
        bin_dir = bundle
        shutil.rmtree(_plugin("language", "python", version("pulumi")), ignore_errors=True)
    kubernetes = [str(plugin / "pulumi-resource-kubernetes")] if plugin else _python("airgap.kubernetes_provider")
    install("resource", "kubernetes", version("pulumi-kubernetes"), kubernetes)
    install("resource", "tradewind", version("tradewind"), [str(VENV / "pulumi-resource-tradewind")])
    BACKEND.mkdir(parents=True, exist_ok=True)
    _write_passphrase()
    _link(ENGINE, bin_dir)
    return Engine(bin_dir, HOME)


def environment() -> dict[str, str]:
    """What a shell needs so that `pulumi` means this checkout's engine, state and plugins; starts nothing.

    Take the names of UNSET out of the environment as well.
    """
    return {
        "PATH": os.pathsep.join([str(ENGINE), str(VENV), os.environ.get("PATH", os.defpath)]),
        "PULUMI_HOME": str(HOME),
        "PULUMI_BACKEND_URL": BACKEND.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(PASSPHRASE),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        # .venv/bin holds a pulumi-resource-tradewind of its own, at which the CLI would warn in every run.
        "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
        "BENTOML_DO_NOT_TRACK": "true",
    }


@functools.cache
def version(package: str) -> str:
    """The version of a Python package that uv.lock pins; SDK, CLI and plugin go by one number."""
    locked = tomllib.loads((CHECKOUT / "uv.lock").read_text())["package"]
    return next(entry["version"] for entry in locked if entry["name"] == package)


def version_flag() -> str:
    """Tells the CLI its version, which its release build sets in the same way."""
    return f"-X {SDK}/go/common/version.Version=v{version('pulumi')}"


def _require_one_version() -> None:
    source = golang.MODULES / CLI_MODULE / "go.mod"
    found = re.search(r"pulumi/pkg/v3 v(\S+)", source.read_text())
    if found and found[1] != version("pulumi"):
        raise SetupError(
            f"{source}: pulumi/pkg/v3 must be v{version('pulumi')}, the version in uv.lock, got v{found[1]}. "
            "To fix: change one of them, run `go mod tidy` or `uv lock`."
        )


def _install_language_host() -> None:
    folder = install(
        "language",
        "python",
        version("pulumi"),
        [*_python("airgap.language_host"), version("pulumi"), str(_plugin_executor())],
    )
    source = golang.module_dir(CLI_MODULE, SDK) / "python" / "cmd" / "pulumi-language-python-exec"
    _write(folder / source.name, source.read_text(), 0o644)


def _plugin_executor() -> Path:
    return _plugin("language", "python", version("pulumi")) / "pulumi-language-python-exec"


def _python(module: str) -> list[str]:
    # -P: a module of the program's folder must not stand in for one of ours.
    return [sys.executable, "-P", "-m", module]


def _plugin(kind: str, name: str, number: str) -> Path:
    return HOME / "plugins" / f"{kind}-{name}-v{number}"


def install(kind: str, name: str, number: str, command: list[str]) -> Path:
    """A launcher in the engine's own plugin folder, where the CLI takes it without a word; older versions go."""
    folder = _plugin(kind, name, number)
    for other in folder.parent.glob(f"{kind}-{name}-v*"):
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / f"pulumi-{kind}-{name}", f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n', 0o755)
    return folder


def _write(path: Path, text: str, mode: int) -> None:
    if path.is_file() and path.read_text() == text and path.stat().st_mode & 0o777 == mode:
        return
    # By rename: another command may be starting this very file.
    _replace(path, lambda fresh: (fresh.write_text(text), fresh.chmod(mode)))


def _link(path: Path, target: Path) -> None:
    if not path.is_symlink() or path.readlink() != target:
        _replace(path, lambda fresh: fresh.symlink_to(target))


def _replace(path: Path, make: Callable[[Path], object]) -> None:
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    make(fresh)
    fresh.replace(path)


def _write_passphrase() -> None:
    if PASSPHRASE.is_file() and PASSPHRASE.stat().st_size:
        return
    if any(BACKEND.glob(".pulumi/stacks/**/*.json")):
        raise SetupError(
            f"{PASSPHRASE}: missing, while {BACKEND} holds stacks whose secrets it opens. "
            f"To fix: put the file back, or give the stacks up: make down, then remove {BACKEND}."
        )
    write_once(PASSPHRASE, secrets.token_urlsafe(32))
