"""From a bare Python to the project's environment: uv by pip with a pinned hash, `uv sync`, then the command itself.

Standard library only, and syntax of Python 3.6: it has to say in one line what is wrong on whatever Python runs it.
"""

import ctypes
import fcntl
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

CHECKOUT = Path(__file__).resolve().parent
PYTHON = CHECKOUT / ".venv" / "bin" / "python"
OLDEST, TOO_NEW = (3, 11), (3, 14)  # requires-python in pyproject.toml
UV_VERSION = "0.13.9"
UV_SHA256 = {  # the manylinux wheels of https://pypi.org/simple/uv/
    "x86_64": "d7f459fe4fd247d830351c75686d3996ace3c6f3f728eb0e85a30b7ada0cef19",
    "aarch64": "5435c5ce14a56431208ca0996416d310f1598e8c2c8ba707688985a16bb82dbe",
}
PR_SET_PDEATHSIG = 1

# The same rule as airgap/paths.py, which cannot be imported before there is an environment.
CACHE = Path(
    os.environ.get("TRADEWIND_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tradewind"
)


def main():
    python = find_python()
    if python != sys.executable:
        hand_over([python, __file__, *sys.argv[1:]])
    die_with_make()
    os.environ["UV_CACHE_DIR"] = str(CACHE / "uv")
    os.environ["UV_PYTHON_DOWNLOADS"] = "never"
    os.environ.pop("VIRTUAL_ENV", None)  # of the caller's own work; uv would warn about it
    # Each command, plugin and test would compile all that it imports anew: 7 s instead of 3 for one cloud's SDK.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    started = time.monotonic()
    with one_at_a_time():
        uv = install_uv()
        sync(uv)
    os.environ["TRADEWIND_STARTED"] = repr(started)
    os.environ["PATH"] = f"{uv.parent}:{os.environ['PATH']}"  # for the Bentos' own environments
    hand_over([str(PYTHON), "-m", "commands", *sys.argv[1:]])


def hand_over(argv):
    os.execv(argv[0], argv)  # noqa: S606  the command must keep make's process id


def find_python():
    """This Python, or a newer one on PATH."""
    if OLDEST <= sys.version_info[:2] < TOO_NEW:
        return sys.executable
    for minor in range(OLDEST[1], TOO_NEW[1]):
        found = shutil.which(f"python3.{minor}")
        if found:
            return found
    oldest, too_new = (".".join(map(str, version)) for version in (OLDEST, TOO_NEW))
    stop(
        f"Python must be at least {oldest} and below {too_new}, got {platform.python_version()}.",
        "install one, on Debian `apt-get install python3.11`, so that it is on PATH.",
    )


def die_with_make():
    """A killed `make` takes its command along; else the next one would meet it at work."""
    if "MAKELEVEL" in os.environ:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)  # exec keeps it


@contextmanager
def one_at_a_time():
    """Two commands of one user never write the cache's uv and the environment at once; a killed one frees the lock."""
    lock = CACHE / "locks" / "bootstrap.lock"
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        file = lock.open("w")
    except OSError as error:
        stop(f"{lock}: cannot be written: {error.strerror}.", "set TRADEWIND_CACHE to a folder that can.")
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("another command prepares the environment, waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def install_uv():
    """The pinned uv in the cache; it appears by one rename, so what is there is whole."""
    home = CACHE / f"uv-{UV_VERSION}"
    uv = home / "bin" / "uv"
    if uv.exists():
        return uv
    machine = platform.machine()
    if machine not in UV_SHA256:
        stop(f"the machine must be one of {', '.join(sorted(UV_SHA256))}, got {machine}.", "use one of these.")
    say(f"installing uv {UV_VERSION}")
    scratch = home.with_name(f"{home.name}.scratch")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    pin = scratch / "requirements.txt"
    pin.write_text(f"uv=={UV_VERSION} --hash=sha256:{UV_SHA256[machine]}\n")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps"]
    pip += ["--only-binary=:all:", "--require-hashes", "--target", str(scratch), "--requirement", str(pin)]
    code, text = run(pip)
    if "No module named pip" in text:
        stop(f"{sys.executable} has no pip.", "install it, on Debian `apt-get install python3-pip`.")
    if code:
        stop(f"pip could not install uv: {last_line(text)}.", "give pip an index that it reaches (PIP_INDEX_URL).")
    shutil.rmtree(home, ignore_errors=True)
    scratch.rename(home)
    return uv


def sync(uv):
    """`.venv` as uv.lock says; a tenth of a second where it is so already, and repaired where it is half-made."""
    started = time.monotonic()
    fresh = not PYTHON.exists()
    if fresh:
        say("making the environment from uv.lock")
    options = ["--frozen", "--all-extras", "--python", sys.executable, "--project", str(CHECKOUT)]
    code, text = run([str(uv), "sync", *options])
    if code:
        stop(f"`uv sync` failed: {last_line(text)}", "repair what it names, then run again; what it fetched is kept.")
    if fresh:
        say(f"environment made in {time.monotonic() - started:.0f} s")


def run(argv):
    """The exit status, and all that was printed."""
    with tempfile.TemporaryFile("w+") as log:
        code = subprocess.call(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        log.seek(0)
        return code, log.read()


def last_line(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"


def say(line):
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def stop(what, fix) -> NoReturn:
    say(f"{what} To fix: {fix}")
    sys.exit(1)


if __name__ == "__main__":
    main()
