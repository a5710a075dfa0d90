"""airgap/debian.lock: which file of the archive each package is, in the archive's own format (deb822)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from debian.deb822 import Deb822

from airgap.errors import SetupError

LOCK = Path(__file__).parents[1] / "debian.lock"
ARCHITECTURE = "amd64"


@dataclass(frozen=True, kw_only=True)
class Package:
    """One file of the archive."""

    name: str
    version: str
    archive: str
    """debian or debian-security."""
    filename: str
    size: int
    sha256: str
    depends: tuple[tuple[str, ...], ...] = ()
    """Groups of alternative names, as the archive says; empty for a locked package."""
    provides: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    """Names of other locked packages that this one cannot run without."""

    @classmethod
    def of(cls, archive: str, entry: Mapping[str, str]) -> Self:
        """From a paragraph of an archive's index or of the lock."""
        relations = [entry.get("Pre-Depends", ""), entry.get("Depends", "")]
        return cls(
            name=entry["Package"],
            version=entry["Version"],
            archive=archive,
            filename=entry["Filename"],
            size=int(entry["Size"]),
            sha256=entry["SHA256"],
            depends=tuple(group for text in relations for group in _groups(text)),
            provides=tuple(name for group in _groups(entry.get("Provides", "")) for name in group),
            needs=tuple(name for group in _groups(entry.get("Needs", "")) for name in group),
        )


def _groups(relation: str) -> list[tuple[str, ...]]:
    # Versions are left aside: all packages of one suite fit together.
    groups = [
        [name.split()[0].partition(":")[0] for name in group.split("|")]
        for group in relation.split(",")
        if group.strip()
    ]
    return [tuple(group) for group in groups]


def read_lock(suite: str) -> dict[str, Package]:
    """The locked packages of one suite by name."""
    entries = [entry for entry in Deb822.iter_paragraphs(LOCK.read_text()) if entry["Suite"] == suite]
    if not entries:
        raise SetupError(
            f"{LOCK}: Suite {suite!r} is not locked. To fix: add it to ROOTS and run python -m airgap lock."
        )
    return {entry["Package"]: Package.of(entry["Archive"], entry) for entry in entries}


def write_lock(suites: Mapping[str, Iterable[Package]]) -> None:
    """Replace the lock by these packages."""
    paragraphs = [
        "# Written by `python -m airgap lock`. Suites, roots and what is left out: airgap/debian/resolve.py.\n"
    ]
    for suite, packages in suites.items():
        for package in sorted(packages, key=lambda package: package.name):
            fields = {
                "Suite": suite,
                "Package": package.name,
                "Version": package.version,
                "Archive": package.archive,
                "Filename": package.filename,
                "Size": str(package.size),
                "SHA256": package.sha256,
                "Needs": ", ".join(package.needs),
            }
            paragraphs.append("".join(f"{key}: {value}\n" for key, value in fields.items() if value))
    LOCK.write_text("\n".join(paragraphs))


def closure(locked: Mapping[str, Package], names: Iterable[str]) -> list[Package]:
    """These packages and all that they need, sorted by name."""
    found: dict[str, Package] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in locked:
            raise SetupError(f"{LOCK}: {name} is not locked. To fix: add it to ROOTS and run python -m airgap lock.")
        if name not in found:
            found[name] = locked[name]
            waiting += locked[name].needs
    return sorted(found.values(), key=lambda package: package.name)
