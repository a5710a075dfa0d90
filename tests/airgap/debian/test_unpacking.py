"""Packages of an archive of our own: real .deb files, a real server."""

import hashlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from airgap import debian
from airgap.debian import archive, lock
from airgap.debian.lock import Package
from airgap.errors import SetupError
from tests.support.http_server import serving


@pytest.fixture
def pool(tmp_path: Path, fresh_artifacts: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An archive with a library, a program that needs it, and a lock of both."""
    folder = tmp_path / "archive"
    made = [
        package(folder, "libgreeting1", {"lib/x86_64-linux-gnu/libgreeting.so": "hello"}),
        package(
            folder,
            "greeter",
            {
                "usr/bin/greet": '#!/bin/sh\ncat "$LD_LIBRARY_PATH/libgreeting.so"; echo " $@ $XTABLES_LIBDIR"\n',
                "usr/sbin/iptables-nft": '#!/bin/sh\necho "$(basename "$0") $@"\n',
                "usr/share/man/man1/greet.1": "manual",
                "usr/share/doc/greeter/README": "long",
                "usr/share/doc/greeter/copyright": "licence",
            },
            needs=("libgreeting1",),
        ),
    ]
    forget = archive.bases.cache_clear
    monkeypatch.setattr(lock, "LOCK", tmp_path / "debian.lock")
    monkeypatch.setattr(debian, "ARTIFACTS", fresh_artifacts)
    lock.write_lock({"bookworm": made})
    with serving(tmp_path) as address:
        (tmp_path / "apt").mkdir()
        (tmp_path / "apt" / "sources.list").write_text(f"deb {address}/archive bookworm main\n")
        monkeypatch.setenv("TRADEWIND_APT", str(tmp_path / "apt"))
        forget()
        yield folder
    forget()


def package(folder: Path, name: str, files: dict[str, str], needs: tuple[str, ...] = ()) -> Package:
    root = folder / name
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
        (root / path).chmod(0o755)
    (root / "DEBIAN").mkdir()
    control = (
        f"Package: {name}\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@invalid>\nDescription: a test\n"
    )
    (root / "DEBIAN" / "control").write_text(control)
    deb = folder / f"{name}_1_all.deb"
    subprocess.run(["dpkg-deb", "--build", "--root-owner-group", root, deb], check=True, capture_output=True)
    data = deb.read_bytes()
    return Package(
        name=name,
        version="1",
        archive="debian",
        filename=deb.name,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        needs=needs,
    )


def test_a_package_comes_with_what_it_needs_in_a_merged_root(pool: Path, said: list[str]):
    root = debian.unpacked(["greeter"], said.append)
    assert (root / "lib").is_symlink(), "libc6's files and a library's meet in one folder"
    assert (root / "usr/lib/x86_64-linux-gnu/libgreeting.so").read_text() == "hello"
    assert debian.unpacked(["greeter"], lambda line: pytest.fail(line)) == root


def test_of_the_documentation_only_the_licence_is_kept(pool: Path, said: list[str]):
    share = debian.unpacked(["greeter"], said.append) / "usr" / "share"
    assert [str(path.relative_to(share)) for path in share.rglob("*") if path.is_file()] == ["doc/greeter/copyright"]


def test_programs_run_on_the_host_with_the_unpacked_libraries(pool: Path, said: list[str]):
    folder = debian.programs(["greeter"], said.append)
    ran = subprocess.run([folder / "bin" / "greet", "a  b"], capture_output=True, text=True, check=True)
    libraries = folder.joinpath("root").resolve() / "usr/lib/x86_64-linux-gnu"
    assert ran.stdout == f"hello a  b {libraries}/xtables\n"


def test_names_that_debian_links_on_installation_are_there(pool: Path, said: list[str]):
    launcher = debian.programs(["greeter"], said.append) / "bin" / "iptables"
    assert subprocess.run([launcher, "-L"], capture_output=True, text=True).stdout == "iptables-nft -L\n"


def test_a_file_with_another_sum_is_refused_and_not_kept(pool: Path, said: list[str], fresh_artifacts: Path):
    (pool / "greeter_1_all.deb").write_bytes(b"spoiled")
    with pytest.raises(
        SetupError, match=r"greeter_1_all\.deb: sha256 must be [0-9a-f]{64} .*, got .* To fix: point apt"
    ):
        debian.unpacked(["greeter"], said.append)
    assert not list(fresh_artifacts.glob("debian-bookworm/[0-9a-f]*"))


def test_what_was_fetched_before_a_failure_is_not_fetched_again(pool: Path, said: list[str]):
    whole = (pool / "greeter_1_all.deb").read_bytes()
    (pool / "greeter_1_all.deb").write_bytes(b"spoiled")
    with pytest.raises(SetupError):
        debian.unpacked(["greeter"], said.append)
    (pool / "greeter_1_all.deb").write_bytes(whole)
    (pool / "libgreeting1_1_all.deb").unlink()
    assert debian.unpacked(["greeter"], said.append).is_dir()


def test_a_package_that_is_not_locked_names_the_fix(pool: Path, said: list[str]):
    with pytest.raises(SetupError, match=r"debian\.lock: emacs is not locked\. To fix: add it to ROOTS"):
        debian.unpacked(["emacs"], said.append)
    with pytest.raises(SetupError, match=r"debian\.lock: Suite 'sid' is not locked"):
        debian.unpacked(["greeter"], said.append, suite="sid")


def test_an_archive_out_of_reach_names_the_fix(pool: Path, said: list[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(archive, "bases", lambda: {"debian": "http://127.0.0.1:9"})
    monkeypatch.setattr(archive, "ATTEMPTS", 1)
    with pytest.raises(SetupError, match=r"ConnectError.* To fix: make the archive that apt uses reachable"):
        debian.unpacked(["greeter"], said.append)
