"""Files that a kill cannot leave half-written, and logs that do not grow for ever."""

import stat
from pathlib import Path

from airgap.node import logs
from airgap.node.files import write
from airgap.node.layout import Layout


def test_a_file_appears_whole_and_for_root_alone(tmp_path: Path):
    path = tmp_path / "new" / "file"
    write(path, "text")
    assert path.read_text() == "text"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in path.parent.iterdir()] == ["file"]


def test_an_equal_file_is_not_touched(tmp_path: Path):
    path = tmp_path / "file"
    write(path, "text")
    before = path.stat().st_ino
    write(path, b"text")
    assert path.stat().st_ino == before
    write(path, "other")
    assert path.stat().st_ino != before


def test_what_a_killed_writer_left_is_no_hindrance(tmp_path: Path):
    (tmp_path / ".file.part").write_text("half")
    write(tmp_path / "file", "whole")
    assert (tmp_path / "file").read_text() == "whole"


def test_a_log_that_is_full_is_cut_while_its_writer_goes_on(layout: Layout):
    with logs.open_for(layout, "etcd") as log:
        log.write(b"x" * (logs.LIMIT + 1))
        log.flush()
        logs.bound(layout)
        log.write(b"later\n")
    assert logs.path(layout, "etcd").read_text() == "later\n"
    assert (layout.logs / "etcd.log.1").stat().st_size == logs.LIMIT + 1


def test_the_last_lines_tell_what_went_wrong(layout: Layout):
    assert logs.tail(layout, "etcd", lines=2) == []
    with logs.open_for(layout, "etcd") as log:
        log.write(b"one\n\ntwo\nthree\n")
    assert logs.tail(layout, "etcd", lines=2) == ["two", "three"]
