"""A layer is its content and nothing else: no time, no owner, no order of the disk."""

import io
import os
import tarfile
from pathlib import Path

import pytest
import zstandard

from provider.oci import tree
from provider.oci.layers import Layer, pack
from tests.provider.conftest import a_root
from tests.support.plugin_calls import silent


def members(layer: Layer) -> dict[str, tarfile.TarInfo]:
    data = zstandard.ZstdDecompressor().stream_reader(layer.blob.open("rb")).read()
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return {member.name: member for member in tar.getmembers()}


def rebuilt(root: Path) -> Layer:
    """Packed again, not taken from the cache."""
    from provider.oci import layers

    facts = layers._write(root, io.BytesIO())
    return Layer(blob=Path(), **facts)  # pyright: ignore[reportArgumentType]


def test_two_folders_of_the_same_content_are_one_layer(tmp_path):
    first, second = a_root(tmp_path / "one"), a_root(tmp_path / "two")
    os.utime(second / "etc" / "greeting", (1, 1))
    (second / "etc" / "greeting").chmod(0o600)
    os.chown(second / "bin" / "tool", 12345, 12345) if os.geteuid() == 0 else None
    assert tree.digest(first) == tree.digest(second)
    assert rebuilt(first).digest == rebuilt(second).digest == pack(first, silent).digest


@pytest.mark.parametrize("change", ["content", "mode", "name", "link", "empty folder"])
def test_whatever_a_container_could_see_changes_the_layer(tmp_path, change):
    before, root = a_root(tmp_path / "one"), a_root(tmp_path / "two")
    if change == "content":
        (root / "etc" / "greeting").write_text("hullo")
    elif change == "mode":
        (root / "etc" / "greeting").chmod(0o755)
    elif change == "name":
        (root / "etc" / "greeting").rename(root / "etc" / "parting")
    elif change == "link":
        (root / "bin" / "alias").unlink()
        (root / "bin" / "alias").symlink_to("other")
    else:
        (root / "srv").mkdir()
    assert tree.digest(before) != tree.digest(root)
    assert rebuilt(before).digest != rebuilt(root).digest


def test_it_is_sorted_owned_by_root_and_of_no_time(tmp_path):
    found = members(pack(a_root(tmp_path / "root"), silent))
    assert list(found) == ["bin", "bin/alias", "bin/tool", "etc", "etc/greeting", "tmp"]
    assert {(m.uid, m.gid, m.mtime, m.uname, m.gname) for m in found.values()} == {(0, 0, 0, "", "")}


def test_modes_are_reduced_to_those_that_matter(tmp_path):
    root = a_root(tmp_path / "root")
    (root / "bin" / "tool").chmod(0o4711)
    found = members(pack(root, silent))
    assert oct(found["tmp"].mode) == "0o1777"
    assert oct(found["bin/tool"].mode) == "0o755", "no setuid"
    assert oct(found["etc/greeting"].mode) == "0o644"
    assert found["bin/alias"].linkname == "tool"


def test_what_is_no_file_is_refused_by_name(tmp_path):
    root = a_root(tmp_path / "root")
    os.mkfifo(root / "pipe")
    with pytest.raises(ValueError, match=r"/pipe: is neither a file, a folder nor a link\. To fix: remove it\."):
        pack(root, silent)
