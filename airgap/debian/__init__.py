"""Debian packages unpacked into the cache, pinned in airgap/debian.lock: the host is left as it is."""

import ctypes
import shlex
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from airgap.artifacts import ARTIFACTS, Report, ensure, key_of
from airgap.debian import archive
from airgap.debian.lock import Package, closure, read_lock
from airgap.errors import SetupError

HEARTBEAT_S = 10

MERGED = ("bin", "sbin", "lib", "lib64")
"""Folders that Debian's base system links into /usr; packages of bookworm still carry files in the old ones."""

UNWANTED = ("man", "locale", "lintian", "info", "bug", "bash-completion", "doc-base", "zsh")
"""Folders of /usr/share that no program reads. Of doc only the copyright notices stay, which licences ask for."""

HOST_OWNED = frozenset({"libc6", "libgcc-s1", "libstdc++6", "gcc-12-base"})
"""Not laid over the host's own when a program runs on the host: these must fit its loader."""

ALTERNATIVES = {
    f"{family}{suffix}": f"{family}-nft{suffix}"
    for family in ("iptables", "ip6tables")
    for suffix in ("", "-save", "-restore")
}
"""Names that Debian's postinst scripts would link; nft, since kernels of today may lack the legacy tables."""


def unpacked(names: list[str], report: Report, suite: str = "bookworm") -> Path:
    """A root folder with the files of these packages and of what they need, as locked; fit to be an image's root."""
    return _unpack(closure(read_lock(suite), names), suite, report)


def programs(names: list[str], report: Report, suite: str = "bookworm") -> Path:
    """A folder with `bin/` (launchers that run on the host with the unpacked libraries) and `root/` (the files)."""
    wanted = [package for package in closure(read_lock(suite), names) if package.name not in HOST_OWNED]
    if "runc" in names:
        _require_seccomp()
    root = _unpack(wanted, suite, report)
    # Both parts of the path name the content: the launchers hold it in full.
    return ensure(f"debian-{suite}-programs", key_of(str(root), Path(__file__)), lambda out: _launch(root, out), report)


def _require_seccomp() -> None:
    # runc starts itself anew inside a container with an empty environment, so a launcher's libraries do not reach it.
    try:
        ctypes.CDLL("libseccomp.so.2")
    except OSError as error:
        raise SetupError(f"runc: libseccomp.so.2 is missing ({error}). To fix: apt-get install libseccomp2.") from None


def _unpack(packages: list[Package], suite: str, report: Report) -> Path:
    name = f"debian-{suite}"
    key = key_of(Path(__file__), *[f"{package.name} {package.sha256}" for package in packages])

    def build(out: Path) -> None:
        for folder in MERGED:
            (out / "usr" / folder).mkdir(parents=True)
            (out / folder).symlink_to(f"usr/{folder}")
        for deb in _fetch_all(packages, suite, lambda line: report(f"{name}: {line}")):
            _extract(deb, out)
        _trim(out)

    return ensure(name, key, build, report)


def _fetch_all(packages: list[Package], suite: str, report: Report) -> list[Path]:
    total = sum(package.size for package in packages) / 1e6
    report(f"{len(packages)} packages, {total:.0f} MB, from {archive.bases()['debian']}")
    start = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(_fetch, package, suite, report) for package in packages]
        spoken = start
        while missing := [future for future in running if not future.done()]:
            time.sleep(0.1)
            if time.monotonic() - spoken > HEARTBEAT_S:
                spoken = time.monotonic()
                report(f"{spoken - start:.0f} s, {len(running) - len(missing)} of {len(running)} packages fetched")
        return [future.result() for future in running]


def _fetch(package: Package, suite: str, report: Report) -> Path:
    """The .deb, kept as an artifact of its own, so that an interrupted set goes on where it stopped."""

    def build(out: Path) -> None:
        deb = out / "package.deb"
        try:
            archive.download(package.archive, package.filename, package.size, package.sha256, deb)
        except archive.GoneError:
            other = archive.newest(suite, package.name)
            report(
                f"{package.name} {package.version} has left the archive; taking {other.version}, which the signed "
                f"Release of {suite} names. To pin it: python -m airgap lock"
            )
            archive.download(other.archive, other.filename, other.size, other.sha256, deb)

    return ensure(f"deb-{package.name}", package.sha256[:16], build, lambda _: None) / "package.deb"


def _extract(deb: Path, out: Path) -> None:
    # Not `dpkg-deb -x`: it replaces the links of MERGED by folders.
    read = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE)
    write = ["tar", "-x", "--keep-directory-symlink", "--no-same-owner", "-C", str(out)]
    unpacking = subprocess.run(write, stdin=read.stdout, capture_output=True, text=True)
    if read.wait() or unpacking.returncode:
        problem = unpacking.stderr.strip().splitlines()[-1:] or ["dpkg-deb failed"]
        raise SetupError(
            f"{deb}: cannot be unpacked: {problem[0]}. To fix: see that `dpkg-deb` and `tar` are installed and that "
            f"{out} has free space, remove {deb.parent}, and run again."
        )


def _trim(root: Path) -> None:
    share = root / "usr" / "share"
    for folder in UNWANTED:
        shutil.rmtree(share / folder, ignore_errors=True)
    doc = share / "doc"
    for path in sorted(doc.rglob("*"), reverse=True) if doc.is_dir() else []:
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif path.name != "copyright":
            path.unlink()


def _launch(root: Path, out: Path) -> None:
    """Write bin/<program>. LD_LIBRARY_PATH goes to the one program, not to all that a process of the node starts."""
    assert root.is_relative_to(ARTIFACTS), "launchers outlive a scratch folder"
    libraries = root / "usr" / "lib" / archive.MULTIARCH
    (out / "bin").mkdir()
    (out / "root").symlink_to(root)
    found = {path.name: path for folder in ("usr/bin", "usr/sbin") for path in (root / folder).iterdir()}
    for name, target in ALTERNATIVES.items():
        if target in found:
            found.setdefault(name, found[target])
    for name, path in found.items():
        launcher = out / "bin" / name
        launcher.write_text(
            "#!/bin/sh\n"
            f"export LD_LIBRARY_PATH={shlex.quote(str(libraries))}\n"
            f"export XTABLES_LIBDIR={shlex.quote(str(libraries / 'xtables'))}\n"
            f'exec {shlex.quote(str(path))} "$@"\n'
        )
        launcher.chmod(0o755)
