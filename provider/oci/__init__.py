"""Container images from folders: built, archived and pushed without docker, the same bytes from the same content."""

from collections.abc import Sequence
from pathlib import Path

from airgap.artifacts import Report
from provider.oci import archive
from provider.oci.image import Image, ImageSpec, assemble
from provider.oci.registry import Login, Registry, RegistryError

__all__ = ["Image", "ImageSpec", "Registry", "RegistryError", "assemble", "push", "write_archive"]


def _silent(line: str) -> None:
    """Progress nobody asked for."""


def write_archive(spec: ImageSpec, roots: Sequence[Path], ref: str, out: Path, report: Report = _silent) -> str:
    """Write the image of the layers `roots`, lowest first, to `out` under the name `ref`; returns its digest."""
    image = assemble(spec, roots, report)
    archive.write(image, ref, out)
    return image.manifest.digest


def push(
    spec: ImageSpec,
    roots: Sequence[Path],
    registry: str,
    repository: str,
    report: Report = _silent,
    login: Login | None = None,
) -> tuple[str, int]:
    """Push the image of the layers `roots` to `registry`; returns its digest and compressed size in bytes."""
    image = assemble(spec, roots, report)
    with Registry(registry, login) as session:
        session.push(image, repository, report)
    return image.manifest.digest, image.size
