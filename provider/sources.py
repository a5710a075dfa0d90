"""`bento:<folder>` and `platform:<name>`: what an image is made of."""

from pathlib import Path

from airgap import images
from airgap.artifacts import Report, key_of
from airgap.debian.lock import LOCK
from airgap.paths import CHECKOUT
from provider import bento
from provider.oci import ImageSpec

SCHEMES = ("bento", "platform")


class SourceError(ValueError):
    """The text names no source; it says what to write."""


def digest(source: str) -> str:
    """Changes with all that goes into the image; known at plan time, without building anything."""
    scheme, rest = split(source)
    if scheme == "platform":
        return images.digest(rest)
    builder = sorted(Path(bento.__file__).parent.glob("*.py"))
    return key_of(bento.Project(CHECKOUT / rest).digest, LOCK, *builder)


def spec(source: str, report: Report) -> tuple[ImageSpec, list[Path]]:
    """How the image starts, and the root folders of its layers; builds what the cache lacks."""
    scheme, rest = split(source)
    return images.spec(rest, report) if scheme == "platform" else bento.spec(CHECKOUT / rest, report)


def repository(source: str) -> str:
    """Where the image goes in a registry: `tradewind/<name>`."""
    return f"tradewind/{Path(split(source)[1]).name}"


def split(source: str) -> tuple[str, str]:
    scheme, _, rest = source.partition(":")
    if scheme not in SCHEMES or not rest:
        raise SourceError(
            f"source must be bento:<folder> or platform:<name>, got {source!r}. "
            "To fix: write it like bento:bentos/embedder."
        )
    return scheme, rest
