"""Container images from folders: built and archived without docker, the same bytes from the same content.

registry.py pushes them, and is not imported here: its HTTP client would cost every preview 70 ms, and none pushes.
"""

from collections.abc import Sequence
from pathlib import Path

from airgap.artifacts import Report
from provider.oci import archive
from provider.oci.image import Image, ImageSpec, assemble

__all__ = ["Image", "ImageSpec", "assemble", "write_archive"]


def silent(line: str) -> None:
    """Progress nobody asked for."""


def write_archive(spec: ImageSpec, roots: Sequence[Path], ref: str, out: Path, report: Report = silent) -> str:
    """Write the image of the layers `roots`, lowest first, to `out` under the name `ref`; returns its digest."""
    image = assemble(spec, roots, report)
    archive.write(image, ref, out)
    return image.manifest.digest
