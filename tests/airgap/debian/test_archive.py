"""Where packages come from, what is trusted, and what the lock holds."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from airgap import debian
from airgap.debian import archive, resolve
from airgap.debian.lock import Package, closure, read_lock
from airgap.errors import SetupError
from tests.support.http_server import serving


def apt(tmp_path: Path, **files: str) -> Path:
    (tmp_path / "sources.list.d").mkdir()
    for name, text in files.items():
        path = tmp_path / "sources.list" if name == "list" else tmp_path / "sources.list.d" / name.replace("_", ".")
        path.write_text(text)
    return tmp_path


def test_the_hosts_own_mirror_is_taken_from_one_line_sources(tmp_path: Path):
    etc = apt(
        tmp_path,
        list="# deb http://commented.invalid/debian bookworm main\n"
        "deb [signed-by=/k.gpg arch=amd64] https://mirror.invalid/debian/ bookworm main contrib\n"
        "deb https://mirror.invalid/security bookworm-security main\n",
    )
    assert archive.sources(etc) == {
        "debian": "https://mirror.invalid/debian",
        "debian-security": "https://mirror.invalid/security",
    }


def test_the_hosts_own_mirror_is_taken_from_deb822_sources(tmp_path: Path):
    etc = apt(
        tmp_path,
        a_sources="Enabled: no\nTypes: deb\nURIs: http://off.invalid/debian\nSuites: bookworm\nComponents: main\n",
        b_sources="Types: deb deb-src\nURIs: http://mirror.invalid/debian\nSuites: trixie trixie-updates\nComponents: main\n"
        "\nTypes: deb\nURIs: http://mirror.invalid/security\nSuites: trixie-security\nComponents: main\n",
    )
    assert archive.sources(etc) == {
        "debian": "http://mirror.invalid/debian",
        "debian-security": "http://mirror.invalid/security",
    }


def test_other_vendors_repositories_do_not_count(tmp_path: Path):
    etc = apt(
        tmp_path,
        list="deb https://vendor.invalid/linux/debian bookworm stable\ndeb https://sql.invalid/apt bookworm-pgdg main\n"
        "deb cdrom:[Debian]/ bookworm main\n",
    )
    assert archive.sources(etc) == {}


@pytest.fixture
def real_host() -> Iterator[None]:
    archive.bases.cache_clear()
    archive.newest.cache_clear()
    yield
    archive.bases.cache_clear()
    archive.newest.cache_clear()


def test_a_version_that_left_the_archive_is_replaced_by_the_one_that_the_signed_release_names(
    real_host: None, fresh_artifacts: Path, said: list[str]
):
    pinned = read_lock("bookworm")["libmnl0"]
    gone = Package(
        name="libmnl0",
        version="0.0.1",
        archive="debian",
        filename=pinned.filename.replace(pinned.version, "0.0.1"),
        size=1,
        sha256="0" * 64,
    )
    deb = debian._fetch(gone, "bookworm", said.append)
    assert deb.stat().st_size > 10_000
    assert said[0].startswith("libmnl0 0.0.1 has left the archive; taking ")
    assert said[0].endswith("which the signed Release of bookworm names. To pin it: python -m airgap lock")


def test_an_index_that_debian_did_not_sign_is_refused(real_host: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    signed = httpx.get(f"{archive.bases()['debian']}/dists/bookworm/InRelease", follow_redirects=True).text
    release = tmp_path / "dists" / "bookworm" / "InRelease"
    release.parent.mkdir(parents=True)
    release.write_text(signed.replace("Codename: bookworm", "Codename: bookwurm"))
    with serving(tmp_path) as address:
        monkeypatch.setattr(archive, "bases", lambda: {"debian": address})
        with pytest.raises(SetupError, match=r"InRelease: bad signature: gpgv: BAD signature"):
            archive.candidates("bookworm", ["libmnl0"])


def test_the_lock_is_closed_and_holds_every_root():
    for suite, roots in resolve.ROOTS.items():
        locked = read_lock(suite)
        assert {package.name for package in closure(locked, roots)} == set(locked), (
            "nothing is missing, nothing is idle"
        )
        for package in locked.values():
            assert len(package.sha256) == 64 and package.size > 0
            assert package.filename.startswith("pool/") and package.archive in archive.DEFAULTS


def test_what_is_left_out_is_not_locked():
    for suite in resolve.ROOTS:
        assert not resolve.LEFT_OUT & set(read_lock(suite))


def of(name: str, depends: str = "", provides: str = "") -> Package:
    entry = {"Package": name, "Version": "1", "Filename": "f", "Size": "1", "SHA256": "s"}
    return Package.of("debian", entry | {"Depends": depends, "Provides": provides})


def test_the_closure_takes_the_first_alternative_that_exists_and_whoever_provides_a_virtual_name():
    suite = {package.name: package for package in [
        of("root", "absent | second | third, virtual (>= 1), lib:any (= 2), adduser | passwd"),
        of("second"), of("third"), of("provider", provides="virtual (= 1)"), of("lib", "root"), of("passwd"),
    ]}  # fmt: skip
    found = {package.name: package.needs for package in resolve.resolve(suite, ["root"])}
    assert found == {"root": ("lib", "provider", "second"), "second": (), "provider": (), "lib": ("root",)}
