"""Official releases: a real server, a real archive, a real file of sums."""

import hashlib
import io
import socket
import subprocess
import tarfile
import time
from pathlib import Path

import pytest

from airgap import official
from tests.support.http_server import serving

PROGRAM = b"#!/bin/sh\necho official\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A download site with a CLI of version 1.2.3."""
    folder = tmp_path / "site"
    folder.mkdir()
    with tarfile.open(folder / "pulumi-v1.2.3-linux-x64.tar.gz", "w:gz") as tar:
        for name in ("pulumi/pulumi", "pulumi/pulumi-language-python"):
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(PROGRAM), 0o755
            tar.addfile(member, io.BytesIO(PROGRAM))
    publish(folder, hashlib.sha256((folder / "pulumi-v1.2.3-linux-x64.tar.gz").read_bytes()).hexdigest())
    return folder


def publish(folder: Path, digest: str, name: str = "pulumi-v1.2.3-linux-x64.tar.gz") -> None:
    (folder / "pulumi-1.2.3-checksums.txt").write_text(
        f"{'0' * 64}  pulumi-v1.2.3-darwin-x64.tar.gz\n{digest}  {name}\n"
    )


def test_a_release_whose_sum_is_right_is_taken_and_kept(site: Path, fresh_artifacts: Path, said: list[str]):
    with serving(site) as address:
        release = official.cli("1.2.3", address)
        folder = official.fetch(release, said.append)
    assert folder
    assert sorted(path.name for path in folder.iterdir()) == ["pulumi", "pulumi-language-python"]
    assert subprocess.run([folder / "pulumi"], capture_output=True, text=True, check=True).stdout == "official\n"
    assert official.fetch(release, said.append) == folder, "the site is gone, the cache is not"


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda site: publish(site, "1" * 64), "its checksum file says 1111"),
        (lambda site: publish(site, "1" * 64, "other.tar.gz"), "does not name the archive"),
        (lambda site: (site / "pulumi-1.2.3-checksums.txt").unlink(), "checksums.txt answered 404"),
        (lambda site: (site / "pulumi-v1.2.3-linux-x64.tar.gz").unlink(), "linux-x64.tar.gz answered 404"),
    ],
)
def test_a_release_that_cannot_be_checked_is_not_taken_and_one_line_says_why(
    site: Path, fresh_artifacts: Path, said: list[str], spoil, reason: str
):
    spoil(site)
    with serving(site) as address:
        assert official.fetch(official.cli("1.2.3", address), said.append) is None
    assert reason in said[-1] and said[-1].endswith("using our own build")
    assert not list(fresh_artifacts.glob("*/[0-9a-f]*"))


def test_a_site_that_refuses_costs_no_time(fresh_artifacts: Path, said: list[str]):
    start = time.monotonic()
    assert official.fetch(official.cli("1.2.3", "http://127.0.0.1:9"), said.append) is None
    assert time.monotonic() - start < 1
    assert "cannot be reached: ConnectError" in said[-1]


def test_a_site_that_does_not_answer_costs_three_seconds(fresh_artifacts: Path, said: list[str]):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        start = time.monotonic()
        assert official.fetch(official.cli("1.2.3", f"http://127.0.0.1:{mute.getsockname()[1]}"), said.append) is None
    assert time.monotonic() - start < official.PROBE_S + 2
    assert len(said) == 1 and "cannot be reached: ReadTimeout" in said[0]


def test_without_a_probe_nobody_is_asked(fresh_artifacts: Path, said: list[str]):
    assert official.fetch(official.cli("1.2.3", "http://127.0.0.1:9"), said.append, probe=False) is None
    assert said == []


def test_the_kubernetes_plugin_lies_in_a_folder_of_its_version():
    release = official.kubernetes_plugin("4.34.2")
    assert release.archive.endswith("/v4.34.2/pulumi-resource-kubernetes-v4.34.2-linux-amd64.tar.gz")
    assert release.checksums.endswith("/v4.34.2/pulumi-kubernetes_4.34.2_checksums.txt")
