"""What a registry is: a place that images are pushed to and pods pull from, by digest."""

from typing import Protocol

import pulumi

from provider.resources import Image


class Registry(Protocol):
    """A store of images, built from sources of this checkout where they are not there yet."""

    address: pulumi.Output[str]
    """`host[:port][/path]` before an image's own name."""

    def image(self, name: str, source: str) -> Image:
        """The image built from `source`, `bento:<folder>` or `platform:<name>`, and signed where the stack has a key.

        Unchanged sources give the same reference and build nothing.
        """
        ...
