"""The way from a bare Python to the environment, and what it says where there is none."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import bootstrap
from airgap import paths

PROJECT = tomllib.loads((paths.CHECKOUT / "pyproject.toml").read_text())


def run(*argv: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {key: value for key, value in os.environ.items() if key != "MAKELEVEL"} | environment
    command = [sys.executable, str(paths.CHECKOUT / "bootstrap.py"), *argv]
    return subprocess.run(command, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL)


def test_the_versions_of_python_are_those_of_the_project():
    low, high = (".".join(map(str, version)) for version in (bootstrap.OLDEST, bootstrap.TOO_NEW))
    assert PROJECT["project"]["requires-python"] == f">={low},<{high}"


def test_the_cache_is_where_the_project_has_it():
    assert paths.CACHE == bootstrap.CACHE


def test_uv_is_pinned_by_hash_for_both_machines():
    assert set(bootstrap.UV_SHA256) == {"x86_64", "aarch64"}
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in bootstrap.UV_SHA256.values())


def test_it_runs_a_command_with_no_standard_input_and_knows_those_of_the_makefile():
    called = set(re.findall(r"\$\(tradewind\) ([a-z]+)", (paths.CHECKOUT / "Makefile").read_text()))
    assert {"up", "down", "recover", "doctor", "load"} <= called
    result = run("--help", COLUMNS="120")
    assert result.returncode == 0
    assert called <= set(re.findall(r"^\W+([a-z]+) ", result.stdout, re.MULTILINE))


def test_a_cache_that_cannot_be_written_is_one_line():
    result = run("doctor", TRADEWIND_CACHE="/proc/tradewind")
    assert result.returncode == 1
    [line] = result.stderr.splitlines()
    assert re.fullmatch(
        r"/proc/tradewind/locks/bootstrap.lock: cannot be written: .* To fix: set TRADEWIND_CACHE .*", line
    )


def test_a_python_without_pip_is_one_line(tmp_path: Path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    command = [tmp_path / "venv" / "bin" / "python3", paths.CHECKOUT / "bootstrap.py", "doctor"]
    env = {"PATH": os.environ["PATH"], "TRADEWIND_CACHE": str(tmp_path / "cache")}
    result = subprocess.run(command, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].endswith(
        "has no pip. To fix: install it, on Debian `apt-get install python3-pip`."
    )


def test_a_half_installed_uv_is_made_anew(tmp_path: Path):
    half = tmp_path / f"uv-{bootstrap.UV_VERSION}.scratch" / "bin"
    half.mkdir(parents=True)
    (half / "uv").write_text("not a program")
    python = Path(sys.base_prefix) / "bin" / "python3"  # the one with pip
    install = [python, "-c", "import bootstrap; print(bootstrap.install_uv())"]
    env = {**os.environ, "TRADEWIND_CACHE": str(tmp_path)}
    result = subprocess.run(install, cwd=paths.CHECKOUT, env=env, capture_output=True, text=True)
    uv = tmp_path / f"uv-{bootstrap.UV_VERSION}" / "bin" / "uv"
    assert result.stdout.splitlines() == [str(uv)], result.stderr
    assert subprocess.run([uv, "--version"], capture_output=True, text=True).stdout.startswith("uv ")


def test_what_commands_import_is_compiled_once_whatever_the_shell_says(tmp_path: Path):
    run("--help", PYTHONDONTWRITEBYTECODE="1", PYTHONPYCACHEPREFIX=str(tmp_path))
    assert list(tmp_path.rglob("typer/*.pyc"))
