"""A folder as data: walked in one order, with what an image keeps of it, so that equal content is equal bytes."""

import hashlib
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Entry:
    """One path of the tree; times, owners and most mode bits are dropped on purpose."""

    name: str
    """Relative, with slashes, without a trailing one."""
    path: Path
    mode: int
    """0755 for folders and whatever is executable, 0644 else; a sticky folder (/tmp) is 1777. No setuid."""
    link: str | None = None
    """Where it is a symbolic link: its target."""

    @property
    def is_dir(self) -> bool:
        return self.link is None and stat.S_ISDIR(self.path.lstat().st_mode)


def walk(root: Path) -> Iterator[Entry]:
    """Every folder, file and link below `root`, parents first, sorted by name.

    Raises ValueError on sockets, devices and pipes: an image of ours has none.
    """
    for path in sorted(root.rglob("*"), key=lambda p: p.relative_to(root).parts):
        name = path.relative_to(root).as_posix()
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            yield Entry(name, path, 0o777, link=str(path.readlink()))
        elif stat.S_ISDIR(mode):
            yield Entry(name, path, 0o1777 if mode & stat.S_ISVTX else 0o755)
        elif stat.S_ISREG(mode):
            yield Entry(name, path, 0o755 if mode & 0o111 else 0o644)
        else:
            raise ValueError(f"{path}: is neither a file, a folder nor a link. To fix: remove it.")


def digest(root: Path) -> str:
    """Hex SHA-256 of the tree; equal for two folders exactly when their layers are equal."""
    total = hashlib.sha256()
    for entry in walk(root):
        content = ""
        if entry.link is not None:
            content = entry.link
        elif not entry.is_dir:
            with entry.path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
        total.update(repr((entry.name, entry.mode, entry.is_dir, content)).encode())
    return total.hexdigest()
